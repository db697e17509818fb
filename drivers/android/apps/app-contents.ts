import { readAppFile, type AppContent } from '../../../src/device/app-file.js'

const open = new Map<string, { app: Promise<AppContent>; users: number }>()

/**
 * Runs `work` with the content of an app's file. Phones that install the same app at the same time share one copy in memory.
 * @throws AppFileError if the file is missing or can't be installed
 */
export async function withAppContent<T>(path: string, work: (app: AppContent) => Promise<T> | T): Promise<T> {
  const shared = open.get(path) ?? { app: readAppFile(path), users: 0 }
  open.set(path, shared)
  shared.users += 1
  try {
    return await work(await shared.app)
  } finally {
    shared.users -= 1
    if (shared.users === 0) open.delete(path)
  }
}
