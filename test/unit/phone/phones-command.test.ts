import assert from 'node:assert/strict'
import { androidKeys } from '../../../drivers/android/android-keys.js'
import { describePhones, readArguments } from '../../phone/command-line.js'

describe('npm run phones', () => {
  it('starts one phone by default, or as many as requested', () => {
    const usual = { adbPort: 0, style: 'emulator', provisioned: true, chat: true, hybrid: false }
    assert.deepEqual(readArguments([]), { rack: { count: 1, ...usual }, isChild: false, controlPort: 0 })
    const asked = ['3', '--adb-port', '5038', '--style', 'connect', '--fresh', '--no-chat', '--control-port', '8000']
    assert.deepEqual(readArguments(asked), {
      rack: { count: 3, adbPort: 5038, style: 'connect', provisioned: false, chat: false, hybrid: false },
      isChild: false,
      controlPort: 8000,
    })
    assert.throws(() => readArguments(['--phones', '3']), /Unknown option '--phones'/)
  })

  it('prints entries for devices.json, and how to inject faults', () => {
    const phones = ['emulator-5554', '127.0.0.1:6001'].map(serial => ({ serial, manufacturer: 'Baton', model: 'Sim' }))
    const text = describePhones({ control: 'http://127.0.0.1:8000', adbPort: 5038, phones })
    const [title, entries = '', rest = ''] = text.split('\n\n')
    assert.equal(title, '2 simulated phones on the adb server at port 5038; for devices.json:')
    const devices = JSON.parse(`[${entries}]`) as Record<string, unknown>[]
    assert.deepEqual(
      devices.map(({ name, driver }) => [name, driver]),
      [
        ['sim-1', 'android'],
        ['sim-2', 'android'],
      ],
    )
    assert.deepEqual(
      devices.map(device => androidKeys.parse(device)),
      phones.map(({ serial }) => ({ udid: serial, adb: { port: 5038 } })),
    )
    assert.match(rest, /curl -X POST http:\/\/127\.0\.0\.1:8000\/phones\/emulator-5554\/unplug$/m)
  })
})
