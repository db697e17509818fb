import { z } from 'zod'
import type { HostSession } from '../../../src/device/driver/host-session.js'
import { WebDriverError } from '../../../src/device/driver/host-session.js'
import { BatonError } from '../../../src/error/baton-error.js'
import type { AdbPhone } from '../adb/adb-phone.js'

/** The app that a session drives, as the session's capabilities name it. */
export interface AppUnderTest {
  package: string
  activity: string | undefined
}

const appSchema = z.looseObject({
  appPackage: z.string().optional(),
  appActivity: z.string().optional(),
})

export function appUnderTest(session: HostSession): AppUnderTest | undefined {
  const { appPackage, appActivity } = appSchema.parse(session.capabilities)
  return appPackage === undefined ? undefined : { package: appPackage, activity: appActivity }
}

/** What a module may have changed in the session itself: context, orientation, timeouts. */
export async function resetSession(session: HostSession, orientation: string | undefined): Promise<void> {
  await session.command('POST', '/context', { name: 'NATIVE_APP' })
  await session.command('POST', '/timeouts', { implicit: 0 })
  if (orientation !== undefined) await resetOrientation(session, orientation)
}

export async function resetOrientation(session: HostSession, orientation: string): Promise<void> {
  if ((await session.command('GET', '/orientation')) === orientation) return
  await session.command('POST', '/orientation', { orientation }).catch((error: unknown) => {
    // An app may hold its own orientation: that is no dirt of a module.
    if (!(error instanceof WebDriverError)) throw error
  })
}

/**
 * Empties an app's data; one that is not installed has none.
 * @throws BatonError BATON_DEVICE_UNFIT where the phone refuses
 */
export async function clearApp(phone: AdbPhone, name: string): Promise<void> {
  const answer = await phone.shell(`pm clear ${quote(name)}`, clearMs)
  if (answer.includes('Success')) return
  if ((await phone.shell(`pm path ${quote(name)}`)).trim() === '') return
  const { device, udid } = phone
  throw new BatonError(
    'BATON_DEVICE_UNFIT',
    `${device} (${udid}) could not clear the data of ${name}: ${answer.trim() || 'it said nothing'}`,
    { device, hint: `\`adb -s ${udid} shell pm clear ${name}\` by hand tells more` },
  )
}

/**
 * Empties the app's data and shows its first screen; without an app, leaves whatever is on the screen.
 * @param afterClear - what has to be done between the two
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

/** Begins the app's launcher activity anew, and waits until it is drawn. */
export async function startApp(phone: AdbPhone, app: AppUnderTest): Promise<void> {
  const activity = app.activity ?? (await launcherActivity(phone, app.package))
  const component = activity.includes('/') ? activity : `${app.package}/${activity}`
  const started = await phone.shell(
    `am start-activity -W -n ${quote(component)} -S -a android.intent.action.MAIN ` +
      '-c android.intent.category.LAUNCHER -f 0x10200000',
    startMs,
  )
  if (/^Error/m.test(started)) throw phone.lostError(`could not start ${component}: ${started.trim()}`)
}

const clearMs = 10_000
const startMs = 15_000

async function launcherActivity(phone: AdbPhone, name: string): Promise<string> {
  const answer = await phone.shell(`cmd package resolve-activity --brief ${quote(name)}`)
  const component = answer.trim().split('\n').at(-1)?.trim() ?? ''
  if (component.includes('/')) return component
  throw phone.lostError(`has no activity to start in ${name}: ${answer.trim()}`)
}

/** As one word of the phone's shell. */
export function quote(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
