import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** The folders and files of a project, as far as a module may want them. Paths are relative to it, with `/`. */
export interface ProjectListing {
  folders: string[]
  files: string[]
}

/** Entries after which no more are listed: a huge project must not slow down every run. */
const maxEntries = 20_000
/** Folders and unsent files that are sent with a module by name. */
const maxFolders = 100
const maxUnsent = 500
/** With so few folders, all of them are created for the module. */
const smallProject = 10

/** Tests don't read files from hidden folders or from these. */
const skippedFolders = new Set(['node_modules', 'baton-report'])
/** Tools look for these in every folder. */
const skippedFiles = /^(package(-lock)?\.json|yarn\.lock|pnpm-lock\.yaml|[tj]sconfig.*\.json|\.git.*|.*\.d\.ts)$/

/** Lists a project, breadth first. Unreadable folders are left out. */
export async function listProject(cwd: string): Promise<ProjectListing> {
  const listing: ProjectListing = { folders: [], files: [] }
  const waiting = ['']
  for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
    if (listing.files.length + listing.folders.length > maxEntries) break
    const entries = await readdir(join(cwd, folder), { withFileTypes: true }).catch(() => [])
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isFile() && !skippedFiles.test(entry.name)) listing.files.push(path)
      if (!entry.isDirectory() || entry.name.startsWith('.') || skippedFolders.has(entry.name)) continue
      listing.folders.push(path)
      waiting.push(path)
    }
  }
  return listing
}

export interface SurroundingsOptions {
  cwd: string
  /** Returns the path of a file in the asset tree. */
  treePath: (file: string) => string
  /** Files that are sent; absolute. */
  sent: readonly string[]
}

export interface Surroundings {
  folders: string[]
  unsent: string[]
  unsentComplete: boolean
}

export const noSurroundings: Surroundings = { folders: [], unsent: [], unsentComplete: false }

/**
 * What a module needs to know about the project around its files: folders that it names, so that it can write into them, and
 * the files that stay behind, so that an error or warning can say so. Pure.
 *
 * In a large project, only folders and files whose names occur in the module's code count.
 */
export function surroundingsOf(
  { folders, files }: ProjectListing,
  code: string,
  { cwd, treePath, sent }: SurroundingsOptions,
): Surroundings {
  const isSmall = folders.length <= smallProject
  const named = new Set(folders.filter(folder => isSmall || code.includes(basename(folder))).slice(0, maxFolders))
  const sentPaths = new Set(sent)
  const unsent = files.filter(file => !sentPaths.has(join(cwd, file)))
  const unsentComplete = unsent.length <= maxUnsent
  const isWanted = (file: string): boolean =>
    unsentComplete || named.has(dirname(file)) || code.includes(basename(file))
  const inTree = (path: string): string => treePath(join(cwd, path))
  return {
    folders: [...named].map(inTree),
    unsent: unsent.filter(isWanted).slice(0, maxUnsent).map(inTree),
    unsentComplete,
  }
}
