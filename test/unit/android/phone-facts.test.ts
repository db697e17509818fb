import assert from 'node:assert/strict'
import { completeKeys } from '../../../drivers/android/android-keys.js'
import { parseFacts } from '../../../drivers/android/health/phone-facts.js'
import { formatFailedChecks, hintFor, findFailedChecks } from '../../../drivers/android/health/failed-checks.js'

const battery = (level: number, temperature: number): string =>
  `Current Battery Service state:\n  AC powered: true\n  level: ${level}\n  scale: 100\n  temperature: ${temperature}\n`
const df = `Filesystem                      1K-blocks     Used Available Use% Mounted on
/dev/block/bootdevice/by-name/userdata
                                112345678 12345678    512000  11% /data
`
const well = {
  boot: '1\n',
  battery: battery(80, 251),
  storage: df,
  power: 'Power Manager State:\n  mWakefulness=Awake\n',
  window: '  mDreamingLockscreen=false\n',
  packages: 'package:/system/framework/framework-res.apk\n',
}
const limits = completeKeys({}).limits
const refusals = (answers: Partial<typeof well>): string =>
  formatFailedChecks(findFailedChecks(parseFacts({ ...well, ...answers }), limits))

describe('the facts of a phone', () => {
  it('are parsed from the output of its commands', () => {
    assert.deepEqual(parseFacts(well), {
      bootCompleted: true,
      batteryPercent: 80,
      temperatureC: 25.1,
      freeStorageMb: 500,
      screen: 'on',
      locked: false,
      pinEntry: undefined,
      packageManager: true,
    })
  })

  it('are unknown, and fail no check, if the phone does not report them', () => {
    const facts = parseFacts({
      battery: "Can't find service: battery",
      power: '',
      window: 'no such thing',
      storage: '',
    })
    assert.deepEqual([...new Set(Object.values(facts))], [undefined])
    assert.deepEqual(findFailedChecks(facts, limits), [])
  })

  it("respect the battery's scale", () => {
    assert.equal(parseFacts({ battery: '  level: 50\n  scale: 200\n' }).batteryPercent, 25)
  })

  it('beyond a limit fail their check, with the value', () => {
    assert.equal(refusals({}), '')
    assert.equal(refusals({ battery: battery(14, 250) }), 'battery: 14 %, at least 15 % are needed')
    assert.equal(refusals({ battery: battery(15, 450) }), '')
    assert.equal(refusals({ battery: battery(80, 451) }), 'temperature: 45.1 °C, at most 45 °C are allowed')
    assert.equal(
      refusals({ storage: df.replace('512000', '102400') }),
      'storage: 100 MB free on /data, at least 300 MB are needed',
    )
    assert.equal(refusals({ boot: '\n' }), 'boot: Android has not finished booting')
    assert.equal(
      refusals({ packages: "cmd: Can't find service: package" }),
      'packages: the package manager does not answer',
    )
    assert.equal(refusals({ power: '  mWakefulness=Dozing' }), 'screen: it is off and could not be turned on')
    assert.equal(refusals({ window: '  mDreamingLockscreen=true' }), 'lock: the screen is locked')
    assert.equal(
      refusals({ boot: '0', battery: battery(1, 250) }),
      'boot: Android has not finished booting; battery: 1 %, at least 15 % are needed',
    )
  })

  it('come with a hint', () => {
    const hint = hintFor(findFailedChecks(parseFacts({ ...well, battery: battery(1, 250) }), limits))
    assert.match(hint ?? '', /charge it/)
    assert.equal(hintFor([]), undefined)
  })
})
