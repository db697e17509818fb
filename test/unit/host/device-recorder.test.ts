import assert from 'node:assert/strict'
import { DeviceRecorder } from '../../../src/host/device/device-recorder.js'

describe('the recording of a device', () => {
  it('delays nothing if it cannot start, and reports why it is missing', async () => {
    const video = new DeviceRecorder({ recording: { start: () => assert.fail('it has no folder') } }, '/nowhere')
    assert.ok(video.start('1'))
    assert.match(
      (await video.take('1', async ({ files, reason: problem }) => `${files.length}: ${problem}`)) ?? '',
      /^0: ENOENT/,
    )
    assert.ok(video.start('1'))
    await video.close()
    assert.equal(await video.take('1', async () => 'a film'), undefined)
  })

  it('belongs to the lease that it was started for: a lost lease gets nothing of the next one', async () => {
    const video = new DeviceRecorder({ recording: { start: () => assert.fail('it has no folder') } }, '/nowhere')
    video.start('1')
    video.start('2')
    assert.equal(await video.take('1', async () => 'a film'), undefined)
    assert.equal(await video.take('2', async () => 'a film'), 'a film')
  })
})
