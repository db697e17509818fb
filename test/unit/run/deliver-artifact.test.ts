import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { ArtifactEvent, RunEvent } from '../../../src/event/run-event.js'
import { deliverFile, type FileTargets } from '../../../src/run/deliver-artifact.js'

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
    const saveArtifact: FileTargets['saveArtifact'] = async (_event, content) => {
      written.push(String(await buffer(content)))
      return 'artifacts/logcat.txt'
    }
    const delivered = await deliverFile(event, { saveArtifact, project: undefined }, stored, 'run')
    const { key: _, ...others } = event
    assert.deepEqual(delivered, { ...others, path: 'artifacts/logcat.txt' })
    assert.deepEqual(written, ['log'])
  })

  it('still reports the summary under its old name as well', async () => {
    const { key: _, ...others } = { ...event, summary: 'chat crashed' }
    const targets = { saveArtifact: async () => 'a', project: undefined }
    const delivered = await deliverFile({ ...event, summary: 'chat crashed' }, targets, stored, 'run')
    assert.deepEqual(delivered, { ...others, finding: 'chat crashed', path: 'a' })
  })

  it('keeps no file that is not what the host sent', async () => {
    const targets: FileTargets = {
      saveArtifact: async (_event, content) => {
        await buffer(content)
        return 'artifacts/logcat.txt'
      },
      project: undefined,
    }
    const sent = { ...event, hash: createHash('sha256').update('log').digest('hex') }
    const { key: _, ...others } = event
    assert.deepEqual(await deliverFile(sent, targets, stored, 'run'), { ...others, path: 'artifacts/logcat.txt' })
    const reason = 'its content is not what the host sent'
    assert.deepEqual(await deliverFile({ ...sent, hash: 'other' }, targets, stored, 'run'), { ...others, reason })
  })
})
