import path from 'node:path'
import type { LeaseScripts } from '../../lease/lease-scripts.js'
import { FarmHistory } from './farm-history.js'
import { FileHistory } from './file-history.js'
import type { HistoryStore } from './history.js'
import { projectName } from './project-name.js'

/**
 * Opens the history of a project: on a shared farm the one that all its users share, otherwise that of the folder.
 * @param scripts - of the shared farm, if the run has one
 */
export async function openHistory(cwd: string, scripts: LeaseScripts | undefined): Promise<HistoryStore> {
  if (scripts) return new FarmHistory(scripts, await projectName(cwd))
  return new FileHistory(path.join(cwd, '.baton', 'history.json'))
}
