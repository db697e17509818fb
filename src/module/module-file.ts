import path from 'node:path'

/** A script file of a run. Created once, when the file is found, so that no other code converts between its two forms. */
export interface ModuleFile {
  /** Absolute. */
  path: string
  /** As reports, history and messages show it: relative to where the run was started, with `/`. */
  name: string
}

/** @param file - absolute, or relative to `cwd` */
export function moduleFile(file: string, cwd: string): ModuleFile {
  const absolute = path.resolve(cwd, file)
  return { path: absolute, name: path.relative(cwd, absolute).replaceAll(path.sep, '/') }
}
