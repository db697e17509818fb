/**
 * What reports call a module: one file may be a module of several suites of a plan, and, where a run covers every device,
 * is one on each.
 */
export function moduleName({ file, suite, device }: { file: string; suite?: string; device?: string }): string {
  const name = suite === undefined ? file : `${suite} › ${file}`
  return device === undefined ? name : `${name} [${device}]`
}
