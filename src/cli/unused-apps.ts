import { BatonError, BatonErrors, formatLocation, sortByLocation, type SourceLocation } from '../error/baton-error.js'
import type { PlannedModule } from '../run/selection/plan-modules.js'
import type { Suite } from '../run/plan/test-plan.js'
import type { Candidate } from '../run/selection/resolve-needs.js'
import { drivers } from './drivers.js'

type Planned = Pick<PlannedModule, 'candidates' | 'suite'>

export interface AppSources {
  /** `--app`: for every module; overrides a plan. */
  app: string | undefined
  suites: readonly Suite[]
}

/** An app as the user named it, and for which modules. */
interface NamedApp {
  subject: string
  code: 'BATON_USAGE' | 'BATON_CONFIG_INVALID'
  place?: SourceLocation
  /** Absent: for all. */
  suites?: readonly string[]
}

/**
 * Apps that no device of the run gets: modules may pass without them, which must not look like success.
 * @param farm - every device of it, unavailable ones included
 * @returns a line for each app whose modules can get no device that takes one, on a farm that has such devices
 * @throws BatonErrors with each app, if the farm has no such device
 */
export function unusedApps(
  sources: AppSources,
  modules: readonly Planned[],
  farm: readonly Pick<Candidate, 'name' | 'labels'>[],
): string[] {
  const apps = namedApps(sources)
  const able = drivers.filter(({ provides }) => provides.includes('apps')).map(({ name }) => name)
  const takers = farm
    .filter(({ labels }) => able.some(driver => labels.has(`driver=${driver}`)))
    .map(({ name }) => name)
  if (takers.length === 0 && apps.length > 0)
    throw new BatonErrors(sortByLocation(apps.map(app => noDeviceTakes(app, able))))
  const isTaken = ({ candidates }: Planned): boolean =>
    Object.values(candidates).some(names => names.some(name => takers.includes(name)))
  return apps.flatMap(({ subject, place, suites }) => {
    const own = modules.filter(({ suite = '' }) => suites?.includes(suite) ?? true)
    if (own.some(isTaken)) return []
    const where = place ? `${formatLocation(place)}: ` : ''
    return [
      `${where}${subject}: none of its modules can run on a device that takes an app (driver: ${able.join(', ')})`,
    ]
  })
}

/** An app that a plan names for all its suites is listed once. */
function namedApps({ app, suites }: AppSources): NamedApp[] {
  if (app !== undefined) return [{ subject: `--app ${app}`, code: 'BATON_USAGE' }]
  const byPlace = new Map<string, NamedApp & { suites: string[] }>()
  for (const { name, app: own, places } of suites) {
    if (own === undefined || !places.app) continue
    const key = formatLocation(places.app)
    const known = byPlace.get(key)?.suites ?? []
    const code = 'BATON_CONFIG_INVALID'
    byPlace.set(key, { subject: `app '${own}'`, code, place: places.app, suites: [...known, name] })
  }
  return [...byPlace.values()]
}

function noDeviceTakes({ subject, code, place }: NamedApp, able: readonly string[]): BatonError {
  const expected = `a device that takes an app (driver: ${able.join(', ')})`
  return new BatonError(code, `${subject}: expected ${expected}, found none in the farm.`, {
    ...(place && { place }),
    hint: 'remove the app, or run on a farm with such devices.',
  })
}
