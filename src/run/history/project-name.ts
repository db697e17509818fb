import { readFile } from 'node:fs/promises'
import path from 'node:path'

/**
 * The name of a project on a farm, the same on every machine: the name in the nearest package.json and the path from there
 * to the working directory. Without a package.json, the folder's name.
 */
export async function projectName(cwd: string): Promise<string> {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    const name = await packageName(folder)
    if (name !== undefined) return [name, ...path.relative(folder, cwd).split(path.sep)].filter(Boolean).join('/')
    if (path.dirname(folder) === folder) return path.basename(cwd) || '/'
  }
}

async function packageName(folder: string): Promise<string | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'))
    const name = typeof parsed === 'object' && parsed !== null && 'name' in parsed ? parsed.name : undefined
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}
