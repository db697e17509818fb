import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { LogcatRecorder } from '../../../drivers/android/artifacts/logcat-recorder.js'

const line = (message: string): string => `11-21 08:00:00.123  4711  4712 E AndroidRuntime: ${message}\n`
const crash = Buffer.from(
  ['FATAL EXCEPTION: main', 'Process: com.example.chat, PID: 4711', 'Error: café'].map(line).join(''),
)

describe("a recorder of a phone's log", () => {
  let directory: string
  let recorder: LogcatRecorder
  let connections: PassThrough[]

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'baton-test-'))
    connections = []
    const openShell = async (): Promise<PassThrough> => {
      const connection = new PassThrough()
      connections.push(connection)
      return connection
    }
    recorder = new LogcatRecorder({ openShell }, directory)
  })

  afterEach(async () => {
    recorder.stop()
    await rm(directory, { recursive: true, force: true })
  })

  /** What one connection to the phone brings. */
  async function receive(...chunks: Buffer[]): Promise<void> {
    recorder.start()
    await Promise.resolve()
    const connection = connections.at(-1) ?? assert.fail('not connected')
    for (const chunk of chunks) {
      connection.write(chunk)
      await new Promise(resolve => setImmediate(resolve))
    }
    connection.end()
    await finished(connection)
    await new Promise(resolve => setImmediate(resolve))
  }

  it('keeps characters whole whose bytes arrive apart', async () => {
    const inside = crash.indexOf('é') + 1
    await receive(crash.subarray(0, inside), crash.subarray(inside))
    assert.deepEqual(recorder.crashes.reports, [{ process: 'com.example.chat', description: 'crashed: Error: café' }])
    assert.deepEqual(recorder.read(), crash)
  })

  it('starts a new line with a new connection', async () => {
    await receive(Buffer.from('half a li'))
    await receive(crash)
    assert.equal(recorder.crashes.reports.length, 1)
  })
})
