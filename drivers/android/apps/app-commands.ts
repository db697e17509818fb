import { z } from 'zod'
import type { HostSession } from '../../../src/device/driver/host-session.js'
import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone } from '../adb/adb-phone.js'

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

export function appUnderTest(session: HostSession): AppUnderTest | undefined {
  const { appPackage, appActivity } = appSchema.parse(session.capabilities)
  return appPackage === undefined ? undefined : { package: appPackage, activity: appActivity }
}

/**
 * Clears an app's data. Does nothing for an app that is not installed.
 * @throws BatonError BATON_DEVICE_UNFIT if the phone refuses
 */
export async function clearApp(phone: AdbPhone, name: string): Promise<void> {
  const answer = await phone.shell(`pm clear ${quote(name)}`, clearMs)
  if (answer.includes('Success')) return
  if ((await phone.shell(`pm path ${quote(name)}`)).trim() === '') return
  const { device, udid } = phone
  throw new BatonError(
    'BATON_DEVICE_UNFIT',
    `${device} (${udid}) could not clear the data of ${name}: ${answer.trim() || 'no message'}`,
    { device, hint: `run \`adb -s ${udid} shell pm clear ${name}\` to see why` },
  )
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
  await clearApp(phone, app.package)
  await afterClear()
  await startApp(phone, app)
}

/** Starts the app's launcher activity in a new task, and waits until it is drawn. */
async function startApp(phone: AdbPhone, app: AppUnderTest): Promise<void> {
  const activity = app.activity ?? (await launcherActivity(phone, app.package))
  const component = activity.includes('/') ? activity : `${app.package}/${activity}`
  const started = await phone.shell(
    `am start-activity -W -n ${quote(component)} -S -a android.intent.action.MAIN ` +
      '-c android.intent.category.LAUNCHER -f 0x10200000',
    startMs,
  )
  if (/^Error/m.test(started)) throw phone.lostError(`could not start ${component}: ${started.trim()}`)
}

async function launcherActivity(phone: AdbPhone, name: string): Promise<string> {
  const answer = await phone.shell(`cmd package resolve-activity --brief ${quote(name)}`)
  const component = answer.trim().split('\n').at(-1)?.trim() ?? ''
  if (component.includes('/')) return component
  throw phone.lostError(`has no activity to start in ${name}: ${answer.trim()}`)
}

/** Quotes one word for the phone's shell. */
export function quote(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
