import assert from 'node:assert/strict'
import fc from 'fast-check'
import { selectorForLabels, selectorForName } from '../../../../src/device/selector.js'
import { coverDevices, type CoveredNeeds, type DeviceCoverage } from '../../../../src/run/selection/cover-devices.js'
import type { Candidate, StatedNeeds } from '../../../../src/run/selection/resolve-needs.js'

const device = (name: string, ...labels: string[]): Candidate => ({
  name,
  labels: new Set([`name=${name}`, ...labels]),
})

const farm = [
  device('pixel', 'platform=android', 'phone'),
  { ...device('tab', 'platform=android', 'tablet'), unavailable: 'offline: unplugged' },
  device('iphone', 'platform=ios', 'phone'),
]

const stated = (needs: StatedNeeds['needs']): StatedNeeds => ({
  file: 'chat.ts',
  needs,
  firstRole: Object.keys(needs)[0],
  places: {},
})

const everywhere: DeviceCoverage = { labels: [] }
const cover = (needs: StatedNeeds['needs'], every: DeviceCoverage, on: string[] = []): CoveredNeeds[] =>
  coverDevices(stated(needs), on, farm, every)
const devicesOf = (covered: readonly CoveredNeeds[]): (string | undefined)[] => covered.map(each => each.device)

describe('a module on every device', () => {
  it('runs on each device, of any platform, by name, if it names none', () => {
    const covered = cover({}, everywhere)
    assert.deepEqual(devicesOf(covered), ['pixel', 'tab', 'iphone'])
    assert.deepEqual(
      covered.map(({ needs }) => needs),
      ['pixel', 'tab', 'iphone'].map(name => ({ device: selectorForName(name) })),
    )
    assert.deepEqual(
      covered.map(({ unavailable }) => unavailable),
      [undefined, 'offline: unplugged', undefined],
    )
  })

  it('runs on the devices that its role, --on and --every together allow', () => {
    assert.deepEqual(devicesOf(cover({ a: 'phone' }, everywhere)), ['pixel', 'iphone'])
    assert.deepEqual(devicesOf(cover({ a: 'phone' }, { labels: ['platform=android'] })), ['pixel'])
    assert.deepEqual(devicesOf(cover({}, { labels: ['phone'] }, ['platform=ios'])), ['iphone'])
    assert.throws(() => cover({ a: 'tablet' }, { labels: ['platform=ios'] }), /no device of the farm matches/)
  })

  it('runs on the device that it names', () => {
    assert.deepEqual(devicesOf(cover({ a: selectorForName('iphone') }, { labels: ['platform=android'] })), ['iphone'])
  })

  it('runs once if it has several roles, or once for each device that can take the named role', () => {
    const needs = { lead: 'phone', other: selectorForName('iphone') }
    assert.deepEqual(devicesOf(cover(needs, everywhere)), [undefined])
    assert.deepEqual(devicesOf(cover(needs, { labels: [], role: 'nobody' })), [undefined])
    const [only, ...rest] = cover(needs, { labels: [], role: 'lead' })
    assert.deepEqual(rest, [], 'where iphone is lead, nobody is left for other')
    assert.deepEqual(only?.needs, { lead: selectorForName('pixel'), other: selectorForName('iphone') })
    assert.deepEqual(devicesOf(cover({ a: '', b: 'phone' }, { labels: ['tablet'], role: 'a' })), ['tab'])
  })

  it('covers exactly the devices that have all labels, each once', () => {
    const labels = fc.subarray(['x', 'y', 'z'])
    fc.assert(
      fc.property(fc.array(labels, { minLength: 1, maxLength: 6 }), labels, labels, (devices, asked, wanted) => {
        const farm = devices.map((own, index) => device(`d${index}`, ...own))
        const able = farm.filter(each => [...asked, ...wanted].every(label => each.labels.has(label)))
        const run = (): CoveredNeeds[] =>
          coverDevices(stated({ a: selectorForLabels(asked) }), [], farm, { labels: wanted })
        if (able.length === 0) assert.throws(run)
        else
          assert.deepEqual(
            devicesOf(run()),
            able.map(({ name }) => name),
          )
      }),
    )
  })
})
