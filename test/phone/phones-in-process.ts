import { readFile } from 'node:fs/promises'
import { makeApk } from './apk/make-apk.js'
import type { PlugStyle } from './adbd/plug.js'
import { driverApks } from './driver-apks.js'
import { hybridActivity, hybridPackage } from './hybrid/hybrid-screen.js'
import type { PhoneBehavior } from './phone-behavior.js'
import { Phone } from './phone.js'
import { phoneModels, type PhoneModel } from './phone-model.js'
import { installApk } from './shell/pm-install.js'

export interface PhonesOptions {
  /** Number of phones. */
  count: number
  /** Port of the adb server that they attach to. */
  adbPort: number
  /** Default: `emulator`. */
  style?: PlugStyle
  /** Default: three made-up models in turn. */
  models?: PhoneModel[]
  behavior?: Partial<PhoneBehavior>
  /** Whether the UiAutomator2 driver's own apps are installed already; default true. */
  provisioned?: boolean
  /** Whether the chat app is installed; default true. */
  chat?: boolean
  /** Whether the hybrid app is installed; default false. It needs Chromium and ChromeDriver on this machine. */
  hybrid?: boolean
}

/** Starts phones in this process. */
export async function startPhonesInProcess(options: PhonesOptions): Promise<Phone[]> {
  const { count, adbPort, style = 'emulator', models = phoneModels, behavior = {}, provisioned = true } = options
  const apks: Buffer[] = provisioned ? await Promise.all(driverApks().map(file => readFile(file))) : []
  if (options.chat !== false) apks.push(makeApk({ permissions: chatPermissions }))
  if (options.hybrid === true) apks.push(makeApk({ package: hybridPackage, activity: hybridActivity }))
  const phones = Array.from({ length: count }, (_, index) => {
    const model = models[index % models.length] ?? phoneModels[0]!
    const phone = new Phone({ adbServerPort: adbPort, style, behavior, model })
    phone.bootCompleted = true
    for (const apk of apks) installApk(phone, apk)
    return phone
  })
  await Promise.all(phones.map(phone => phone.start()))
  return phones
}

const chatPermissions = ['INTERNET', 'POST_NOTIFICATIONS', 'CAMERA'].map(name => `android.permission.${name}`)
