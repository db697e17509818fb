import type { PhoneClient } from '../phone/client.js'
import type { Phones } from '../phone/start-phones.js'

/** The version code of the chat that is on a phone. */
export async function versionOn(phone: PhoneClient): Promise<number | undefined> {
  return (await phone.status()).packages['baton.chat']
}

/** Where the chat is on a phone: Android gives it another place each time that it is installed. */
export async function placeOn({ adbServer }: Phones, phone: PhoneClient): Promise<string | undefined> {
  return adbServer?.adb('-s', phone.serial, 'shell', 'pm path baton.chat')
}
