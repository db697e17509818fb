/** What reports call a module: one file may be a module of several suites of a plan. */
export function moduleName({ file, suite }: { file: string; suite?: string }): string {
  return suite === undefined ? file : `${suite} › ${file}`
}
