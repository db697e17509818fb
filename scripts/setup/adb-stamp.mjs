import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Inside node_modules, so that the next installation of node_modules tries adb again.
const stampFile = root => join(root, 'node_modules', '.baton-no-adb')

/** Whether an earlier attempt to install adb has failed. */
export const hasAdbFailed = root => existsSync(stampFile(root))

export function recordAdbFailure(root) {
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(stampFile(root), '')
}
