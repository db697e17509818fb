import assert from 'node:assert/strict'
import { DeviceVideo } from '../../../src/host/device-video.js'

describe('the film of a device', () => {
  it('that has no room to begin is in the way of nothing, and says why there is none', async () => {
    const video = new DeviceVideo({ record: () => assert.fail('it has no folder') }, '/nowhere')
    assert.ok(video.begin())
    assert.match((await video.take(async ({ files, problem }) => `${files.length}: ${problem}`)) ?? '', /^0: ENOENT/)
    assert.ok(video.begin())
    await video.close()
    assert.equal(await video.take(async () => 'a film'), undefined)
  })
})
