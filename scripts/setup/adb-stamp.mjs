import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// Inside node_modules, so that it is tried again when node_modules is made anew.
const stampFile = root => join(root, 'node_modules', '.baton-no-adb')

/** Whether an installation of adb has failed before. */
export const isAdbGivenUp = root => existsSync(stampFile(root))

export function giveUpAdb(root) {
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(stampFile(root), '')
}
