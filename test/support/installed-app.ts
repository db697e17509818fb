import type { PhoneClient } from '../phone/client.js'
import type { Phones } from '../phone/start-phones.js'

/** The version code of the chat that is on a phone. */
export async function versionOn(phone: PhoneClient): Promise<number | undefined> {
  return (await phone.status()).packages['baton.chat']
}

/** The path of the chat app on a phone; Android changes it with each installation. */
export async function placeOn({ adbServer }: Phones, phone: PhoneClient): Promise<string | undefined> {
  return adbServer?.adb('-s', phone.serial, 'shell', 'pm path baton.chat')
}
