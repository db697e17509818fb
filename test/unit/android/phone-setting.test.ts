import assert from 'node:assert/strict'
import { androidKeys, completeKeys } from '../../../drivers/android/android-keys.js'
import { localeCapabilities } from '../../../drivers/android/session/android-capabilities.js'
import {
  settingById,
  decodeSnapshot,
  wantedSettings,
  encodeSnapshot,
} from '../../../drivers/android/settings/phone-setting.js'
import { formatLocale, parseLocale } from '../../../drivers/android/settings/phone-locale.js'

const idsOf = (prepare: object): string[] =>
  wantedSettings(completeKeys(androidKeys.parse({ prepare })).prepare).map(({ id, wanted }) => `${id}=${wanted}`)

describe('the settings of a phone', () => {
  const still = ['window_animation_scale', 'transition_animation_scale', 'animator_duration_scale'].map(
    key => `global/${key}=0`,
  )

  it('are the screen and the animations by default', () => {
    assert.deepEqual(idsOf({}), ['global/stay_on_while_plugged_in=7', ...still])
    assert.deepEqual(idsOf({ stayAwake: false, animations: true }), [])
  })

  it('are those in devices.json, automatic modes first', () => {
    const wishes = { orientation: 'landscape', timezone: 'Asia/Tokyo', locale: 'de_DE', location: true, wifi: false }
    assert.deepEqual(idsOf({ ...wishes, stayAwake: false, animations: true }), [
      'system/accelerometer_rotation=0',
      'system/user_rotation=1',
      'secure/location_mode=3',
      'wifi=0',
      'global/auto_time_zone=0',
      'timezone=Asia/Tokyo',
      'locale=de-DE',
    ])
  })

  it('are encoded as one word, and decoded again', () => {
    const values = { 'global/a': '1.0', wifi: '1', locale: 'zh-Hans-CN', 'system/user_rotation': 'null' }
    assert.match(encodeSnapshot(values), /^[\w-]+$/)
    assert.deepEqual(decodeSnapshot(`${encodeSnapshot(values)}\n`), values)
  })

  it('are not taken from a snapshot that Baton did not write', () => {
    assert.deepEqual(decodeSnapshot('null'), {})
    assert.deepEqual(decodeSnapshot('bm90IGpzb24'), {})
    assert.deepEqual(decodeSnapshot(encodeSnapshot({ 'global/x; reboot': '1', unknown: '1', wifi: '1' })), {
      wifi: '1',
    })
    assert.equal(settingById('global/x').write('1; reboot'), 'settings put global x 1reboot')
  })

  it('are deleted if they were not set before', () => {
    assert.equal(
      settingById('system/user_rotation').write('null'),
      'settings --user current delete system user_rotation',
    )
  })
})

describe('the locale of a phone', () => {
  it('has an optional script, and needs a region', () => {
    assert.deepEqual(parseLocale('zh-Hans-CN'), { language: 'zh', script: 'Hans', country: 'CN' })
    assert.deepEqual(parseLocale('de_de'), { language: 'de', country: 'DE' })
    for (const none of ['de', 'german', '', 'x y']) assert.equal(parseLocale(none), undefined, none)
    const own = parseLocale('de', true)
    assert.equal(own && formatLocale(own), 'de-DE')
  })

  it("is set by the first session, later by Appium's settings app", () => {
    assert.deepEqual(localeCapabilities('sr-Latn-RS'), {
      'appium:language': 'sr',
      'appium:locale': 'RS',
      'appium:localeScript': 'Latn',
    })
    assert.deepEqual(localeCapabilities(undefined), {})
    assert.match(settingById('locale').write('sr-Latn-RS'), /--es lang sr --es country RS --es script Latn$/)
    assert.match(settingById('locale').write('de'), /--es lang de --es country DE$/)
    assert.equal(settingById('locale').write(''), 'true')
  })
})

describe('impossible settings', () => {
  const fault = (prepare: object): string | undefined =>
    androidKeys
      .safeParse({ prepare })
      .error?.issues.map(({ message }) => message)
      .join()

  it('are rejected when devices.json is read', () => {
    assert.match(fault({ locale: 'german' }) ?? '', /a language and its region, e\.g\. "de-DE"/)
    assert.match(fault({ timezone: 'Europe/Bonn' }) ?? '', /the name of a time zone/)
    assert.match(fault({ pin: '47 11' }) ?? '', /digits/)
    assert.equal(fault({ locale: 'de-DE', timezone: 'Europe/Berlin', pin: '4711' }), undefined)
  })
})
