import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

// The same names as in drivers/chromium/find-browser.ts.
const browserNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const browserApplications = ['Chromium.app/Contents/MacOS/Chromium', 'Google Chrome.app/Contents/MacOS/Google Chrome']

/**
 * Checks only files and starts nothing, because every `npm start` calls this.
 * @param {{ env: Record<string, string | undefined>, platform: string, applications: string }} world
 * @returns {import('./plan.mjs').Tool[]} what is missing
 */
export function findMissing({ env, platform, applications }) {
  const has = name => findProgram(name, env) !== undefined
  const hasApplication =
    platform === 'darwin' && browserApplications.some(name => isExecutable(join(applications, name)))
  const present = {
    redis: has('redis-server'),
    browser: browserNames.some(has) || hasApplication,
    driver: has('chromedriver'),
    // The same places as in drivers/android/adb/find-adb.ts.
    adb: has('adb') || sdks(env).some(sdk => isExecutable(join(sdk, 'platform-tools', 'adb'))),
  }
  return Object.keys(present).filter(tool => !present[tool])
}

const sdks = env => [env.ANDROID_HOME, env.ANDROID_SDK_ROOT].filter(Boolean)

/** @returns {string | undefined} path of the first real program with that name on the PATH */
export function findProgram(name, env) {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map(folder => join(folder, name)).find(path => isExecutable(path) && !isSnapStub(path))
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

// On Ubuntu, chromium-browser is a short shell script that installs or starts the snap. The snap can't read a profile
// outside its own folders.
function isSnapStub(path) {
  if (path.startsWith('/snap/')) return true
  const head = Buffer.alloc(4096)
  const file = openSync(path, 'r')
  try {
    const text = head.toString('latin1', 0, readSync(file, head))
    return text.startsWith('#!') && text.includes('/snap/bin/')
  } finally {
    closeSync(file)
  }
}
