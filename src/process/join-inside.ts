import path from 'node:path'

/**
 * Joins a folder and a path that another process sent.
 * @param relative - with `/`
 * @returns the absolute path; undefined if it would lead out of the folder
 */
export function joinInside(folder: string, relative: string): string | undefined {
  if (relative.includes('\0') || path.isAbsolute(relative)) return undefined
  const whole = path.resolve(folder, relative)
  const fromFolder = path.relative(path.resolve(folder), whole)
  return fromFolder === '..' || fromFolder.startsWith(`..${path.sep}`) ? undefined : whole
}
