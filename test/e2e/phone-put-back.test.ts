import assert from 'node:assert/strict'
import { adbEnvironment, PhoneFarm } from '../support/phone-farm.js'
import { GateKeeper, gateModule } from './support/gate.js'

/** Everything that can be changed, to what no phone here has by itself. */
const wishes = {
  orientation: 'landscape',
  timezone: 'Asia/Tokyo',
  locale: 'zh-Hans-CN',
  location: false,
  wifi: false,
  pin: '4711',
}
const prepared = {
  rotation: 'ROTATION_90',
  clock: '+0900',
  locale: 'zh-Hans-CN',
  location: 'disabled',
  wifi: '0',
  stayAwake: 'mStayOn=true',
  animations: '0 0 0',
  locked: 'mShowingLockscreen=false',
}

/** What the phone itself says, by its own services where it has them. */
async function looks(farm: PhoneFarm): Promise<Record<keyof typeof prepared, string>> {
  const serial = farm.phone('phone-0').serial
  const shell = async (command: string): Promise<string> =>
    (await farm.phones.adbServer?.adb('-s', serial, 'shell', command))?.trim() ?? ''
  const found = async (command: string, pattern: RegExp): Promise<string> =>
    pattern.exec(await shell(command))?.[0] ?? ''
  const scales = ['window_animation_scale', 'transition_animation_scale', 'animator_duration_scale']
  const animations = scales.map(async key => shell(`settings get global ${key}`))
  const [chosen = '', makers = ''] = (await shell('getprop persist.sys.locale; getprop ro.product.locale')).split('\n')
  return {
    rotation: await found('dumpsys window', /ROTATION_\d+/),
    clock: await shell('date +%z'),
    locale: makers === '' ? chosen.trim() : chosen.trim() || makers.trim(),
    location: await found('dumpsys location', /enabled|disabled/),
    wifi: await shell('settings get global wifi_on'),
    stayAwake: await found('dumpsys power', /mStayOn=\w+/),
    animations: (await Promise.all(animations)).join(' '),
    locked: await found('dumpsys window', /mShowingLockscreen=\w+/),
  }
}

/** Every setting, those that Baton and Appium keep for themselves left out. */
async function settings(farm: PhoneFarm): Promise<string[]> {
  const serial = farm.phone('phone-0').serial
  const lists = ['global', 'system', 'secure'].map(async namespace =>
    farm.phones.adbServer?.adb('-s', serial, 'shell', `settings list ${namespace}`),
  )
  return (await Promise.all(lists)).join('\n').split(/\r?\n/).toSorted()
}

describe('a phone that no host serves any more', function () {
  // Two hosts, one after the other.

  it('gets all its settings back', async () => {
    let before: object = {}
    let settingsBefore: string[] = []
    await using farm = await PhoneFarm.start({
      phones: 1,
      // the UiAutomator2 driver's own apps come with the first session: before that, nothing can change the language
      provisioned: false,
      device: { prepare: wishes },
      files: { 'turn.ts': turnModule },
      beforeHost: async farm => {
        await farm.phone('phone-0').set({ pin: wishes.pin })
        await farm.phone('phone-0').sleep()
        before = await looks(farm)
        settingsBefore = await settings(farm)
      },
    })
    assert.deepEqual(await looks(farm), prepared)
    // Whoever only looks at it changes nothing.
    const listed = await farm.project.run(['devices'], adbEnvironment(farm.phones))
    assert.match(listed.stdout, /^phone-0 /m)
    assert.deepEqual(await looks(farm), prepared)
    assert.equal((await farm.run('turn.ts').done).exitCode, 0)
    await farm.untilAll('idle')
    assert.deepEqual(await looks(farm), prepared, 'a module turned it')
    await farm.endHost('SIGTERM')
    assert.deepEqual(await looks(farm), { ...before, locked: 'mShowingLockscreen=false' })
    assert.deepEqual(await settings(farm), settingsBefore)
  })

  it('gets them back from the next host if its own was killed in the middle of a module', async () => {
    await using gates = await GateKeeper.start()
    let before: object = {}
    let settingsBefore: string[] = []
    await using farm = await PhoneFarm.start({
      phones: 1,
      device: { prepare: { ...wishes, pin: undefined } },
      files: { 'gate.ts': gateModule('gate', 'phone-0') },
      beforeHost: async farm => {
        before = await looks(farm)
        settingsBefore = await settings(farm)
      },
    })
    const [{ serial } = assert.fail()] = farm.phones.phones
    const bare = { name: 'phone-0', driver: 'android', udid: serial, prepare: { stayAwake: false, animations: true } }
    farm.project.write({ 'bare.json': { devices: [bare] } })
    const cli = farm.run('gate.ts', ...gates.args)
    await gates.arrival('gate')
    await farm.endHost('SIGKILL')
    assert.deepEqual(await looks(farm), prepared, 'nobody has put it back')
    // Another one, with no wishes: it offers the phone as it was, and the module goes on there.
    gates.open('gate')
    await farm.serve('bare.json')
    assert.deepEqual(await looks(farm), before)
    assert.equal((await cli.done).exitCode, 0)
    await farm.endHost('SIGTERM')
    assert.deepEqual(await settings(farm), settingsBefore)
  })
})

const turnModule = `
import { browser } from '@wdio/globals'
import { useDevice } from 'baton'
it('turns its phone', async () => {
  await useDevice('phone-0')
  await browser.setOrientation('PORTRAIT')
})`
