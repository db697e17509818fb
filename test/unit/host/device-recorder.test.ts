import assert from 'node:assert/strict'
import { DeviceRecorder } from '../../../src/host/device/device-recorder.js'

describe('the film of a device', () => {
  it('that has no room to begin is in the way of nothing, and says why there is none', async () => {
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

  it('is for the lease that it was begun for: one that was lost gets nothing of the next', async () => {
    const video = new DeviceRecorder({ recording: { start: () => assert.fail('it has no folder') } }, '/nowhere')
    video.start('1')
    video.start('2')
    assert.equal(await video.take('1', async () => 'a film'), undefined)
    assert.equal(await video.take('2', async () => 'a film'), 'a film')
  })
})
