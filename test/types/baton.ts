import {
  activeDevice,
  allDone,
  attach,
  barrier,
  onDevice,
  parallel,
  serverUrl,
  signal,
  start,
  until,
  useDevice,
  type Browser,
  type DeviceInfo,
} from 'baton'
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

  await attach('a.json', { items: 3 })
  await attach('a.bin', Buffer.from('a'))
  // @ts-expect-error the data is missing
  await attach('a.txt')

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

  const both = await parallel({ alice: async () => 1, bob: own => own.sessionId })
  const [one, session]: [number, string] = [both.alice, both.bob]
  // @ts-expect-error there is no such branch
  const carol: unknown = both.carol
  // @ts-expect-error alice's value is a number
  const notText: string = both.alice
  const inOrder = await parallel([
    ['alice', async () => 1],
    ['bob', () => 'text'],
  ])
  const [first, second]: [number, string] = inOrder
  const many: number[] = await parallel(['alice', 'bob'].map(role => [role, () => role.length] as const))
  // @ts-expect-error a branch is a function
  await parallel({ alice: 1 })
  // @ts-expect-error a pair begins with a role
  await parallel([[1, () => 1]])

  const deputy = start('bob', async () => 'done')
  const said: string = await deputy
  // @ts-expect-error without await there is no value yet
  const tooEarly: string = deputy
  await allDone()

  await barrier('ready', { of: ['alice', 'bob'], timeout: 1_000 })
  // @ts-expect-error a barrier has a name
  await barrier()
  // @ts-expect-error roles come as a list
  await barrier('ready', { of: 'alice' })
  signal('ready', { any: 'value' })
  const value: number = await until<number>('ready', { timeout: 1_000 })

  const url: string = serverUrl('chat')
  // @ts-expect-error a server has a name
  serverUrl()

  await expect($('#a')).toHaveText('x')
  await $$('.a').map(element => element.getText())
  await browser.url(url)
  await driver.getTitle()
  const together = [one, session, carol, notText, first, second, many, said, tooEarly, value]
  return void [together, length, done, early, wrong, texts, sure]
}
