import { readAppFile, type AppContent } from '../../../src/device/app-file.js'

const held = new Map<string, { app: Promise<AppContent>; users: number }>()

/**
 * Lets `work` use the content of an app's file. Phones that install one app at the same time share one copy of it.
 * @throws AppFileFault where the file is not there, or none that can be installed
 */
export async function withAppContent<T>(path: string, work: (app: AppContent) => Promise<T> | T): Promise<T> {
  const shared = held.get(path) ?? { app: readAppFile(path), users: 0 }
  held.set(path, shared)
  shared.users += 1
  try {
    return await work(await shared.app)
  } finally {
    shared.users -= 1
    if (shared.users === 0) held.delete(path)
  }
}
