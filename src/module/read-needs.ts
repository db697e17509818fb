import type { AnyNode } from 'acorn'
import { selectorForName, labelPattern, type Needs } from '../device/selector.js'
import { BatonError, type SourceLocation } from '../error/baton-error.js'
import { findBatonUses, type BatonUse } from './find-baton-uses.js'
import { didYouMean } from '../error/closest-name.js'
import { CallSiteValues } from './call-site-values.js'
import { findScriptMistakes } from './script-mistakes.js'
import { StaticValues } from './static-values.js'
import { findExport } from './find-export.js'
import { excerpt, readDevices } from './read-devices.js'
import { roleFunctions, rolesInCall } from './role-functions.js'
import { placeIn, type BundleText } from './source-locations.js'

/** The devices that a module needs. */
export interface ModuleNeeds {
  /** Relative to the run's working directory. */
  file: string
  /** role → selector; empty if the module never calls useDevice: it then needs one device, which the caller chooses. */
  needs: Needs
  /** Undefined if `needs` is empty. */
  firstRole: string | undefined
  /** role → the line that asked for it. */
  places: Record<string, SourceLocation>
  /** Whether they come from `export const devices`. */
  declared: boolean
  /** Where devices are named at run time, if the module therefore gets all devices. */
  computedAt?: SourceLocation
}

/**
 * Reads which devices a module needs from its bundle.
 * @param ownDevices - all devices of the run's own farm: a module that names devices at run time gets all of them. Undefined
 *   if others use the farm, too: such a module is then an error
 * @returns the needs and all errors: BATON_DEVICE_COMPUTED, BATON_DEVICES_EXPORT, BATON_DEVICE_NAME
 */
export function readNeeds(
  bundle: BundleText,
  ownDevices?: readonly string[],
): { needs: ModuleNeeds; errors: BatonError[] } {
  const exported = findExport(bundle.tree, bundle.entry, 'devices')
  const { needs, errors } = exported ? fromExport(bundle, exported) : fromUses(bundle, ownDevices)
  return { needs, errors: [...errors, ...findScriptMistakes(bundle)] }
}

function fromExport(bundle: BundleText, exported: AnyNode): ReturnType<typeof readNeeds> {
  const { roles, errors } = readDevices(bundle.tree, exported)
  const unlisted =
    errors.length === 0
      ? unlistedRoles(
          bundle,
          roles.map(({ role }) => role),
        )
      : []
  return {
    needs: {
      file: bundle.file,
      needs: Object.fromEntries(roles.map(({ role, selector }) => [role, selector])),
      firstRole: roles[0]?.role,
      places: Object.fromEntries(roles.map(({ role, node }) => [role, placeIn(bundle, node)])),
      declared: true,
    },
    errors: [
      ...unlisted,
      ...errors.map(
        ({ message, node }) =>
          new BatonError('BATON_DEVICES_EXPORT', `export const devices: ${message}.`, {
            place: placeIn(bundle, node),
            hint: "write it out: export const devices = { alice: ['platform=android'], bob: 'pixel-8' }; a list is labels, a string is a device's name",
          }),
      ),
    ],
  }
}

/** Roles that the module's own file uses, but `devices` does not list. Other files may be those of several modules. */
function unlistedRoles(bundle: BundleText, roles: readonly string[]): BatonError[] {
  const values = new StaticValues(bundle.tree)
  return findBatonUses(bundle.tree, ['useDevice', 'start']).flatMap(({ name, call }) => {
    const [argument] = call?.arguments ?? []
    const place = call && placeIn(bundle, call)
    if (!argument || place?.file !== bundle.file) return []
    return (values.strings(argument) ?? [])
      .filter(role => !roles.includes(role))
      .map(role => {
        const message = `${name}('${role}') is not listed in \`export const devices\` (it has: ${roles.join(', ')}).`
        return new BatonError('BATON_DEVICES_EXPORT', message, {
          place,
          hint: 'add it there, or use one of its roles',
          ...didYouMean(role, roles),
        })
      })
  })
}

interface FoundRole {
  role: string
  place: SourceLocation
}

function fromUses(bundle: BundleText, ownDevices: readonly string[] | undefined): ReturnType<typeof readNeeds> {
  const errors: BatonError[] = []
  const found: FoundRole[] = []
  const computed: BatonUse[] = []
  const values = new StaticValues(bundle.tree)
  const evaluation = { values, callSites: new CallSiteValues(bundle.tree, values) }
  for (const use of findBatonUses(bundle.tree, Object.keys(roleFunctions))) {
    const argument = roleFunctions[use.name]
    // The roles of a barrier are usually named elsewhere, too.
    if (!use.call && argument?.names === 'of') continue
    const roles = use.call && argument ? rolesInCall(evaluation, use.call, argument) : undefined
    if (!roles) computed.push(use)
    for (const { role, node } of roles ?? []) {
      const place = placeIn(bundle, node)
      if (labelPattern.test(role)) found.push({ role, place })
      else errors.push(badNameError(role, place))
    }
  }
  const [computedFirst] = computed
  const computedAt = computedFirst && ownDevices ? placeIn(bundle, computedFirst.node) : undefined
  if (computedAt) found.push(...(ownDevices ?? []).map(role => ({ role, place: computedAt })))
  else errors.push(...computed.map(use => computedNameError(bundle, use, found)))
  const first = new Map<string, SourceLocation>()
  for (const { role, place } of found) if (!first.has(role)) first.set(role, place)
  return {
    needs: {
      file: bundle.file,
      needs: Object.fromEntries([...first.keys()].map(role => [role, selectorForName(role)])),
      firstRole: firstRole(bundle.file, found),
      places: Object.fromEntries(first),
      declared: false,
      ...(computedAt && { computedAt }),
    },
    errors,
  }
}

/** The first literal in the module's file, else the first in import order, which is the bundle's order. */
function firstRole(file: string, found: readonly FoundRole[]): string | undefined {
  const own = found.filter(({ place }) => place.file === file)
  const [first] = own.toSorted(
    (a, b) => (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0),
  )
  return (first ?? found[0])?.role
}

function computedNameError(bundle: BundleText, use: BatonUse, found: readonly FoundRole[]): BatonError {
  const roles = [...new Set(found.map(({ role }) => role))]
  const names = (roles.length > 0 ? roles : ['alice', 'bob']).map(role => `'${role.replaceAll(/['\\]/g, '\\$&')}'`)
  const text = use.call ? `${use.name}(${argumentsOf(bundle, use)})` : use.name
  const what = use.call
    ? `the device in \`${text}\` is computed at run time`
    : `${text} is passed to other code, so its devices are computed at run time`
  return new BatonError('BATON_DEVICE_COMPUTED', `${what}, but devices are reserved before.`, {
    place: placeIn(bundle, use.node),
    hint: `list all devices that it can be in ${bundle.file}: export const devices = [${names.join(', ')}]`,
  })
}

function argumentsOf(bundle: BundleText, use: BatonUse): string {
  return (use.call?.arguments ?? []).map(argument => excerpt(bundle.tree, argument)).join(', ')
}

function badNameError(role: string, place: SourceLocation): BatonError {
  return new BatonError('BATON_DEVICE_NAME', `'${role}' is not a valid device name.`, {
    place,
    hint: 'use a name without commas and control characters that is not empty',
  })
}
