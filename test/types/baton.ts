import { activeDevice, onDevice, serverUrl, useDevice, type Browser, type DeviceInfo } from 'baton'
import { $, $$, browser, driver, expect } from '@wdio/globals'

/** Never run: that it compiles is the test. Each line that is wrong on purpose must be an error. */
export async function types(): Promise<void> {
  const bob: WebdriverIO.Browser = await useDevice('bob')
  const own: Browser = bob
  await own.$('#a').click()

  const text: string = await useDevice('bob', async browser => await browser.$('#a').getText())
  const length: number = await useDevice('bob', () => text.length)
  const done: true = await useDevice('bob', async () => true as const)
  // @ts-expect-error the callback's value is a number
  const wrong: string = await useDevice('bob', () => 1)
  // @ts-expect-error a role has a name
  await useDevice()
  // @ts-expect-error a name is text
  await useDevice(1)
  // @ts-expect-error the second argument is a callback
  await useDevice('bob', 'alice')
  // @ts-expect-error without await there is no browser yet
  const early: string = useDevice('bob').sessionId

  const { name, role, labels, platform, udid }: DeviceInfo = activeDevice()
  const texts: (string | undefined)[] = [name, role, platform, udid, ...labels]
  // @ts-expect-error a device may have no udid
  const sure: string = activeDevice().udid
  // @ts-expect-error there is one active device
  activeDevice('bob')

  onDevice(async (browser, device) => {
    await browser.$(device.role).click()
  })
  // @ts-expect-error it takes a function
  onDevice('alice')

  const url: string = serverUrl('chat')
  // @ts-expect-error a server has a name
  serverUrl()

  await expect($('#a')).toHaveText('x')
  await $$('.a').map(element => element.getText())
  await browser.url(url)
  await driver.getTitle()
  return void [length, done, early, wrong, texts, sure]
}
