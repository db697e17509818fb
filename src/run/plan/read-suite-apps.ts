import { combineErrors } from '../../error/baton-error.js'
import { readApp, type RunApp } from '../read-app.js'
import { planFolder } from './find-suites.js'
import type { Suite, TestPlan } from './test-plan.js'

/**
 * Reads the apps of suites; their paths are relative to the plan, as globs are.
 * @returns suite → its app; suites without one are left out
 * @throws BatonErrors BATON_CONFIG_INVALID for each that can't be used, at its place
 */
export async function readSuiteApps(
  suites: readonly Suite[],
  { file }: Pick<TestPlan, 'file'>,
  cwd: string,
): Promise<Map<string, RunApp>> {
  const folder = planFolder(file, cwd)
  // One that several suites name is read once.
  const read = new Map<string, Promise<RunApp>>()
  const apps = suites.flatMap(({ name, app, places }) => {
    if (app === undefined) return []
    const source = { code: 'BATON_CONFIG_INVALID' as const, subject: `app '${app}'`, folder }
    const content = read.get(app) ?? readApp(app, { ...source, ...(places.app && { place: places.app }) })
    read.set(app, content)
    return [content.then((made): [string, RunApp] => [name, made])]
  })
  const settled = await Promise.allSettled(apps)
  const errors = settled.flatMap(result => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (errors.length === 0)
    return new Map(settled.flatMap(result => (result.status === 'fulfilled' ? [result.value] : [])))
  throw combineErrors(errors)
}
