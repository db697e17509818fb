/** Real processes share a file under a lock, and holders are killed. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ownIdentity } from '../../../src/process/process-identity.js'
import { tryLock, withLock } from '../../../src/process/process-lock.js'

const main = fileURLToPath(new URL('./lock-main.js', import.meta.url))

interface Worker {
  child: ChildProcess
  lines: string[]
  ended: Promise<unknown>
}

describe('a lock between processes', () => {
  let folder: string
  let workers: Worker[] = []

  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'baton-test-'))))
  afterEach(async () => {
    for (const { child } of workers) child.kill('SIGKILL')
    await Promise.all(workers.map(({ ended }) => ended))
    workers = []
    await rm(folder, { recursive: true, maxRetries: 10 })
  })

  function start(increments: number, onLine: (worker: Worker, line: string) => void, how = 'finish'): void {
    const child = spawn(process.execPath, [main, folder, String(increments), how], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const worker: Worker = { child, lines: [], ended: once(child, 'close') }
    workers.push(worker)
    createInterface({ input: child.stdout }).on('line', line => {
      worker.lines.push(line)
      onLine(worker, line)
    })
  }

  it('has one holder at a time and loses no update, even if holders are killed', async () => {
    const [survivors, increments] = [6, 40]
    for (let i = 0; i < survivors; i++) start(increments, () => {})
    const kill = ({ child }: Worker): void => void child.kill('SIGKILL')
    for (let i = 0; i < 3; i++) start(1, kill, 'hang')
    for (let i = 0; i < 3; i++) start(1000, (worker, line) => Number(line) > i + 3 && kill(worker))
    await Promise.all(workers.map(({ ended }) => ended))

    const counts = JSON.parse(await readFile(join(folder, 'counts'), 'utf8')) as Record<string, number>
    for (const { child, lines } of workers) {
      assert.ok(!lines.includes('two holders'), lines.join(' '))
      const last = Number(lines.at(-1))
      const count = counts[child.pid ?? 0] ?? 0
      if (child.signalCode === null) assert.equal(count, increments)
      // It may have been killed after it wrote and before it printed.
      else if (!Number.isNaN(last)) assert.ok(count === last || count === last + 1, `${count}, not ${last}`)
    }
  })

  it('is kept by a live process, and taken from one that is gone', async () => {
    const lock = join(folder, 'lock')
    const dead = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    await once(dead, 'exit')
    const own = await ownIdentity()
    const longAgo = new Date(0).toISOString()
    const now = new Date().toISOString()
    const owners: [who: string, owner: object | string, held: boolean][] = [
      ['this process', { ...own, since: longAgo }, true],
      ['a process that ended', { ...own, pid: dead.pid, since: now }, false],
      ['an earlier process with the same pid', { ...own, startedAt: '1', since: now }, false],
      ['a process of another container', { ...own, space: 'another', since: now }, true],
      ['a process of another container, for long', { ...own, space: 'another', since: longAgo }, false],
      ['a process before the last boot', { ...own, boot: 'earlier', space: 'earlier', since: now }, false],
      ['a process of another machine', { ...own, machine: 'b', boot: 'b', space: 'b', since: now }, true],
      ['nobody, because the disk was full', '', false],
    ]
    for (const [who, owner, held] of owners) {
      await mkdir(lock)
      const text = typeof owner === 'string' ? owner : JSON.stringify({ ...owner, directory: '/' })
      await writeFile(join(lock, 'owner'), text)
      const attempt = await tryLock(lock)
      assert.equal('owner' in attempt, held, who)
      if ('lock' in attempt) await attempt.lock.release()
      else await rm(lock, { recursive: true })
    }
    assert.deepEqual(await readdir(folder), [])
  })

  it('fails to be acquired after a timeout', async () => {
    const attempt = await tryLock(join(folder, 'lock'))
    assert.ok('lock' in attempt)
    const waiting = withLock(join(folder, 'lock'), async () => {}, 50)
    await assert.rejects(waiting, { message: new RegExp(`is locked by process ${process.pid} in `) })
    await attempt.lock.release()
    await withLock(join(folder, 'lock'), async () => {}, 50)
  })

  it('leaves nothing behind', async () => {
    start(3, () => {})
    await workers[0]?.ended
    assert.deepEqual((await readdir(folder)).toSorted(), ['counts', 'holder'])
  })
})
