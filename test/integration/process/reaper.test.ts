import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { childrenNamed, eventually } from './alive.js'

const main = fileURLToPath(new URL('./reaper-owner-main.js', import.meta.url))

describe('a reaper that fails to run', () => {
  let folder: string
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'baton-test-'))))
  afterEach(() => rm(folder, { recursive: true }))

  const programs: Record<string, () => Promise<string>> = {
    'because it cannot be started': async () => join(folder, 'no-such-program'),
    'because it exits at once': async () => {
      const program = join(folder, 'program')
      await writeFile(program, `#!/bin/sh\necho started >> ${folder}/starts\n`, { mode: 0o755 })
      return program
    },
  }
  for (const [why, program] of Object.entries(programs)) {
    it(`${why} is started again after growing pauses, with a warning`, async () => {
      const owned = join(folder, 'owned')
      await mkdir(owned)
      const owner = spawn(process.execPath, ['--no-warnings', main, await program(), owned], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      try {
        const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string]
        assert.match(JSON.parse(line) as string, /5 times in a row .* process groups: 0, folders: 1/)
        const starts = await readFile(join(folder, 'starts'), 'utf8').catch(() => '')
        assert.ok(starts.split('\n').length < 10, starts)
        // It works again: the next one knows what its owner has registered.
        const reapers = async (): Promise<number[]> => childrenNamed(owner.pid ?? 0, 'reaper-main')
        await eventually('a reaper runs', async () => (await reapers()).length > 0)
        const ended = once(owner, 'exit')
        owner.stdin.end()
        await ended
        await eventually('the folder is gone', async () => !existsSync(owned))
      } finally {
        owner.kill('SIGKILL')
      }
    })
  }
})
