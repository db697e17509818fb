import { existsSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * Finds a WebdriverIO reporter that is installed in a project.
 * @param name - a file that starts with `.` or `/`, a package, or what WebdriverIO makes one of: `spec` for `@wdio/spec-reporter`
 * @param cwd - the folder of the project; its parents are searched, too
 * @returns the package's name, or the absolute file; undefined if there is none
 */
export function findWdioReporter(name: string, cwd: string): string | undefined {
  if (/^\.{0,2}\//.test(name)) {
    const file = path.resolve(cwd, name)
    return statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined
  }
  if (!/^(@[\w.~-]+\/)?[\w~-][\w.~-]*$/.test(name)) return undefined
  const short = name.toLowerCase()
  // A package that is called `spec` is not a reporter.
  const candidates = name.includes('reporter') ? [name] : [`@wdio/${short}-reporter`, `wdio-${short}-reporter`]
  return candidates.find(candidate => foldersAbove(cwd).some(folder => isInstalled(candidate, folder)))
}

function isInstalled(name: string, folder: string): boolean {
  return existsSync(path.join(folder, 'node_modules', name, 'package.json'))
}

function foldersAbove(folder: string): string[] {
  const parent = path.dirname(folder)
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)]
}
