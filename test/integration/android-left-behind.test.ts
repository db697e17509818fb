/** What leads to a phone and from it must end, whatever it was that failed. */
import assert from 'node:assert/strict'
import { PhoneBench, Told } from './host/phone-bench.js'

describe('tunnels of a phone', () => {
  let bench: PhoneBench
  before(async () => {
    bench = await PhoneBench.start(1)
  })
  afterEach(async () => {
    await bench.phoneAt(0).thaw()
    await bench.giveBack()
  })
  after(async () => bench.stop())

  const server = 'http://127.0.0.1:4711/'
  const reverses = async (): Promise<string[]> => {
    const list = (await bench.phones.adbServer?.adb('-s', bench.phoneAt(0).serial, 'reverse', '--list')) ?? ''
    return list.split('\n').flatMap(line => /tcp:\d+ /.exec(line)?.[0].trim() ?? [])
  }

  it('that could not be made are made for the next module', async () => {
    const prepared = await bench.prepare({ health: { answerMs: 60_000 } })
    await bench.phoneAt(0).freeze()
    await assert.rejects(async () => prepared.taken?.([server]), { code: 'BATON_DEVICE_LOST' })
    await bench.phoneAt(0).thaw()
    // As where the phone never heard of it.
    await bench.phones.adbServer?.adb('-s', bench.phoneAt(0).serial, 'reverse', '--remove-all')
    await prepared.taken?.([server])
    assert.deepEqual(await reverses(), ['tcp:4711'])
  })

  it('outlive a freeze, and are ended with their module all the same', async () => {
    const told = new Told()
    const prepared = await bench.prepare({ health: { answerMs: 400 } }, told)
    await prepared.taken?.([server])
    await bench.phoneAt(0).freeze()
    await told.next('lost')
    await bench.phoneAt(0).thaw()
    await told.next('back')
    assert.deepEqual(await reverses(), ['tcp:4711'])
    await prepared.taken?.([])
    assert.deepEqual(await reverses(), [])
  })
})
