import { access, constants, mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { BatonError } from '../../../src/error/baton-error.js'

type Environment = Readonly<Record<string, string | undefined>>

const hint =
  'install it: on Debian `apt-get install adb`, on macOS `brew install --cask android-platform-tools`; or set ANDROID_HOME'

/**
 * Finds the adb program: in the Android SDK that the environment names, else on the PATH.
 * @throws BatonError BATON_TOOL_MISSING with what to install
 */
export async function findAdb(env: Environment): Promise<string> {
  const sdks = sdksOf(env).map(sdk => join(sdk, 'platform-tools', 'adb'))
  const onPath = (env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map(folder => join(folder, 'adb'))
  for (const candidate of [...sdks, ...onPath]) if (await isExecutable(candidate)) return candidate
  throw new BatonError('BATON_TOOL_MISSING', 'adb is missing: it is neither in ANDROID_HOME nor on the PATH', { hint })
}

/**
 * The environment that the UiAutomator2 driver needs: an Android SDK, of which `platform-tools/adb` is enough.
 * @param directory - where a minimal SDK is created if the environment names none
 */
export async function sdkEnvironment(env: Environment, directory: string): Promise<Record<string, string>> {
  const adb = await findAdb(env)
  const sdk = sdksOf(env).find(sdk => adb === join(sdk, 'platform-tools', 'adb'))
  if (sdk !== undefined) return { ANDROID_HOME: sdk }
  const home = join(directory, 'android-sdk')
  await mkdir(join(home, 'platform-tools'), { recursive: true })
  await symlink(adb, join(home, 'platform-tools', 'adb'))
  return { ANDROID_HOME: home, ANDROID_SDK_ROOT: home }
}

function sdksOf(env: Environment): string[] {
  return ['ANDROID_HOME', 'ANDROID_SDK_ROOT'].flatMap(name => env[name] || [])
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
