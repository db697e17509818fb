import { basename, dirname, join } from 'node:path'

/**
 * The files that snapshot matchers of a module read, as WebdriverIO places them: stored snapshots, and the sources that hold
 * inline ones. Pure.
 * @param code - of the bundle
 * @param module - the module's file; absolute
 * @param sources - the module's own source files; absolute
 */
export function snapshotFiles(code: string, module: string, sources: readonly string[]): string[] {
  const stored = join(dirname(module), '__snapshots__', `${basename(module)}.snap`)
  return [
    ...(code.includes('toMatchSnapshot') ? [stored] : []),
    ...(code.includes('toMatchInlineSnapshot') ? sources : []),
  ]
}
