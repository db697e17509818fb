import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startPrivateFarm } from '../../../src/run/private-farm.js'

/** Takes the place of a host that never serves. */
const host = `
  process.on('SIGTERM', () => {
    console.error('baton host: stopped while it was starting')
    process.exit(0)
  })
  console.error('baton host: starting')
  setInterval(() => {}, 1000)`

describe('a private farm that is stopped while it starts', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'baton-private-farm-'))
  after(() => rmSync(folder, { recursive: true }))

  for (const [how, aborts] of [
    ['because it is no longer needed', true],
    ['at the end of the run', false],
  ] as const) {
    it(`${how} does not show what its host says about it`, async () => {
      const stop = new AbortController()
      const messages: string[] = []
      let reportMessage = (): void => {}
      const spoke = new Promise<void>(resolve => (reportMessage = resolve))
      const farm = await startPrivateFarm({
        hostCommand: [process.execPath, '-e', host, '--'],
        cwd: folder,
        env: process.env,
        logFile: path.join(folder, `${aborts}.log`),
        onHostMessage: line => {
          messages.push(line)
          reportMessage()
        },
        sharesTerminal: false,
        stop: stop.signal,
      })
      await spoke
      const reason = new Error('not needed')
      if (aborts) stop.abort(reason)
      await farm.stop()
      await assert.rejects(farm.ready, aborts ? reason : { code: 'BATON_HOST_LOST' })
      assert.deepEqual(messages, ['baton host: starting'])
    })
  }
})
