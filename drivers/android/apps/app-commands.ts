import { z } from 'zod'
import type { HostSession } from '../../../src/device/driver/host-session.js'
import { BatonError } from '../../../src/error/baton-error.js'
import { messageOf, type AdbPhone } from '../adb/adb-phone.js'

/** The app that a session drives, according to the session's capabilities. */
export interface AppUnderTest {
  package: string
  activity: string | undefined
}

/** Deadlines for the phone. Milliseconds. */
const clearMs = 10_000
const startMs = 15_000

const appSchema = z.looseObject({
  appPackage: z.string().optional(),
  appActivity: z.string().optional(),
})

/** Package of the app that a session with these capabilities would drive; undefined if it has none. */
export function packageIn(capabilities: Record<string, unknown>): string | undefined {
  const name = capabilities['appium:appPackage']
  return typeof name === 'string' ? name : undefined
}

export function appUnderTest(session: HostSession): AppUnderTest | undefined {
  const { appPackage, appActivity } = appSchema.parse(session.capabilities)
  return appPackage === undefined ? undefined : { package: appPackage, activity: appActivity }
}

/**
 * Clears one user's data of an app. Does nothing for an app that is not installed.
 * @throws BatonError BATON_DEVICE_UNFIT if the phone refuses
 */
export async function clearApp(phone: AdbPhone, name: string, user: number): Promise<void> {
  const answer = await phone.run(`pm clear --user ${user} ${quote(name)}`, { timeoutMs: clearMs })
  if (answer.exitCode === 0 && answer.stdout.includes('Success')) return
  if ((await installPath(phone, name, user)) === undefined) return
  const { device, udid } = phone
  throw new BatonError(
    'BATON_DEVICE_UNFIT',
    `${device} (${udid}) could not clear the data of ${name}: ${messageOf(answer)}`,
    { device, hint: `run \`adb -s ${udid} shell pm clear --user ${user} ${name}\` to see why` },
  )
}

/**
 * The user whose screen the phone shows; 0 unless somebody has switched. Commands without `--user` mean the first user, or all
 * of them.
 */
export async function currentUser(phone: AdbPhone): Promise<number> {
  const user = Number.parseInt(await phone.shell('am get-current-user'), 10)
  return Number.isNaN(user) ? 0 : user
}

/**
 * Where Android put a user's app; undefined if it is not installed for that user.
 * @throws BatonError BATON_DEVICE_UNFIT if the package manager does not answer
 */
export async function installPath(phone: AdbPhone, name: string, user: number): Promise<string | undefined> {
  const answer = await phone.run(`pm path --user ${user} ${quote(name)}`)
  const path = pathIn(answer.stdout)
  // For an app that is not installed, it fails without a message.
  if (path !== undefined || (answer.stdout + answer.stderr).trim() === '') return path
  const { device, udid } = phone
  throw new BatonError('BATON_DEVICE_UNFIT', `${device} (${udid}) could not look up ${name}: ${messageOf(answer)}`, {
    device,
    hint: `run \`adb -s ${udid} shell pm path ${name}\` to see why`,
  })
}

/**
 * Like `installPath`, for the user whose screen the phone shows. Asks for the user's number only if the app is not found:
 * older versions of Android don't know the user `current` there.
 */
export async function currentInstallPath(phone: AdbPhone, name: string): Promise<string | undefined> {
  const { stdout } = await phone.run(`pm path --user current ${quote(name)}`)
  return pathIn(stdout) ?? installPath(phone, name, await currentUser(phone))
}

function pathIn(output: string): string | undefined {
  return /^package:(\S+)/m.exec(output)?.[1]
}

/**
 * Clears the app's data and shows its first screen. Without an app, shows the home screen.
 * @param afterClear - runs between the two
 */
export async function restartApp(
  phone: AdbPhone,
  app: AppUnderTest | undefined,
  afterClear: () => Promise<void> = async () => {},
): Promise<void> {
  if (!app) {
    await phone.shell('input keyevent KEYCODE_HOME')
    return
  }
  const user = await currentUser(phone)
  await clearApp(phone, app.package, user)
  await afterClear()
  await startApp(phone, app, user)
}

/** Starts the app's launcher activity in a new task, and waits until it is drawn. */
async function startApp(phone: AdbPhone, app: AppUnderTest, user: number): Promise<void> {
  const activity = app.activity ?? (await launcherActivity(phone, app.package, user))
  const component = activity.includes('/') ? activity : `${app.package}/${activity}`
  const started = await phone.run(
    `am start-activity --user ${user} -W -n ${quote(component)} -S -a android.intent.action.MAIN ` +
      '-c android.intent.category.LAUNCHER -f 0x10200000',
    { timeoutMs: startMs },
  )
  // Older versions of Android exit with 0 in any case.
  if (started.exitCode !== 0 || /^Error/m.test(started.stdout + started.stderr))
    throw phone.lostError(`could not start ${component}: ${messageOf(started)}`)
}

async function launcherActivity(phone: AdbPhone, name: string, user: number): Promise<string> {
  const answer = await phone.run(`cmd package resolve-activity --user ${user} --brief ${quote(name)}`)
  const component = answer.stdout.trim().split('\n').at(-1)?.trim() ?? ''
  if (answer.exitCode === 0 && component.includes('/')) return component
  throw phone.lostError(`has no activity to start in ${name}: ${messageOf(answer)}`)
}

/** Quotes one word for the phone's shell. */
export function quote(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
