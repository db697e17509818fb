import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import type { ArtifactEvent, RunEvent } from '../../../src/event/run-event.js'
import { deliverArtifact } from '../../../src/run/deliver-artifact.js'

const event: ArtifactEvent & RunEvent = {
  type: 'artifact',
  at: 1,
  module: 'm',
  lease: '1',
  attempt: 1,
  role: 'alice',
  device: 'pixel-8',
  kind: 'device-log',
  name: 'logcat.txt',
  bytes: 3,
  key: '1/1/alice/logcat.txt',
}

const stored = {
  async *fetchArtifact() {
    yield Buffer.from('log')
  },
  dropArtifact: async () => {},
}

describe('delivering an artifact', () => {
  it('writes the file and reports its path instead of its key', async () => {
    const written: string[] = []
    const delivered = await deliverArtifact(event, stored, 'run', async (_event, content) => {
      written.push(String(await buffer(content)))
      return 'artifacts/logcat.txt'
    })
    const { key: _, ...others } = event
    assert.deepEqual(delivered, { ...others, path: 'artifacts/logcat.txt' })
    assert.deepEqual(written, ['log'])
  })

  it('still reports the summary under its old name as well', async () => {
    const { key: _, ...others } = { ...event, summary: 'chat crashed' }
    const delivered = await deliverArtifact({ ...event, summary: 'chat crashed' }, stored, 'run', async () => 'a')
    assert.deepEqual(delivered, { ...others, finding: 'chat crashed', path: 'a' })
  })
})
