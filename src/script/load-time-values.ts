import { isDeepStrictEqual, inspect } from 'node:util'
import { BatonError } from '../error/baton-error.js'
import { callerPlace } from './caller-place.js'
import type { ModuleContext } from './module-context.js'

/**
 * Reads a property of `browser` while a module loads: `if (driver.isAndroid) it(…)`. No device is active then, so a value counts
 * only if all roles have the same. Of objects, such as the capabilities, each key is compared when it is read, and what is
 * written reaches all roles.
 * @returns undefined if it is a function: commands need an active device
 * @throws BatonError BATON_ROLES_DIFFER with the value of each role
 */
export function loadTimeValue(context: ModuleContext, key: PropertyKey): { value: unknown } | undefined {
  const values = new Map<string, unknown>()
  for (const [role, { browser }] of context.roles) values.set(role, Reflect.get(browser, key))
  if ([...values.values()].some(value => typeof value === 'function')) return undefined
  return { value: commonValue(context, values, `browser.${String(key)}`) }
}

/** @param path - of the value, as the user wrote it: `browser.capabilities.platformName` */
function commonValue(context: ModuleContext, values: ReadonlyMap<string, unknown>, path: string): unknown {
  const all = [...values.values()]
  const [first] = all
  if (all.every(value => value === first)) return first
  if (all.every(isPlainObject)) return commonView(context, values as ReadonlyMap<string, object>, path)
  if (all.every(value => isDeepStrictEqual(value, first))) return first
  const found = [...values].map(([role, value]) => `'${role}' has ${inspect(value, inspectOptions)}`).join(', ')
  const place = callerPlace(context)
  throw new BatonError(
    'BATON_ROLES_DIFFER',
    `${path} was read while the module was loading, and its roles differ: ${found}`,
    {
      ...(place && { place }),
      hint: 'read it in a test or hook, after useDevice()',
    },
  )
}

const inspectOptions = { depth: 1, breakLength: Infinity, maxStringLength: 100 }

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object whose keys are compared when they are read, and set for all roles. Lists the keys that any of the roles has. */
function commonView(context: ModuleContext, objects: ReadonlyMap<string, object>, path: string): object {
  const all = [...objects.values()]
  const keys = (): (string | symbol)[] => [...new Set(all.flatMap(object => Reflect.ownKeys(object)))]
  const read = (key: PropertyKey): unknown => {
    const values = new Map([...objects].map(([role, object]) => [role, Reflect.get(object, key) as unknown]))
    return commonValue(context, values, `${path}${typeof key === 'string' ? propertyOf(key) : `[${String(key)}]`}`)
  }
  return new Proxy(Object.create(null) as object, {
    get: (_, key) => read(key),
    has: (_, key) => all.some(object => Reflect.has(object, key)),
    ownKeys: keys,
    getOwnPropertyDescriptor: (_, key) =>
      // A getter, so that listing the keys compares nothing.
      keys().includes(key) ? { get: () => read(key), enumerable: true, configurable: true } : undefined,
    set: (_, key, value) => all.every(object => Reflect.set(object, key, value)),
    deleteProperty: (_, key) => all.every(object => Reflect.deleteProperty(object, key)),
    defineProperty: () => false,
  })
}

function propertyOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `['${key}']`
}
