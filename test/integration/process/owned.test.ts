import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startPrivateRedis } from '../../../src/process/private-redis.js'
import { spawnOwned } from '../../../src/process/spawn-owned.js'
import { eventually, isAlive } from './alive.js'

const gone = (path: string) =>
  access(path).then(
    () => false,
    () => true,
  )

describe('owned processes', () => {
  for (const how of ['SIGKILL', 'exit'] as const) {
    it(`are gone within 10 s after their owner's ${how}, with their children, Redis and folders`, async () => {
      const main = fileURLToPath(new URL('./owner-main.js', import.meta.url))
      const owner = spawn(process.execPath, [main, how === 'exit' ? 'leave' : 'stay'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string]
      const owned = JSON.parse(line) as { pids: number[]; directory: string; redis: string }
      assert.equal(owned.pids.length, 3)
      if (how === 'SIGKILL') {
        assert.deepEqual(await Promise.all(owned.pids.map(isAlive)), [true, true, true])
        owner.kill('SIGKILL')
      }
      await eventually(
        'all processes ended, folders removed',
        async () =>
          !(await Promise.all(owned.pids.map(isAlive))).includes(true) &&
          (await gone(owned.directory)) &&
          (await gone(dirname(owned.redis))),
      )
    })
  }

  it('end their process group when they end', async () => {
    let grandchild = 0
    const owned = await spawnOwned('sh', ['-c', 'sleep 300 & echo $!; exit 3'], {
      onLine: line => (grandchild = Number(line)),
    })
    assert.deepEqual(await owned.exited, { code: 3, signal: null })
    assert.notEqual(grandchild, 0)
    await eventually('the grandchild ended', async () => !(await isAlive(grandchild)))
  })

  it('report their lines without line ends, even those of Windows', async () => {
    const lines: string[] = []
    const owned = await spawnOwned('printf', ['one\\r\\ntwo\\r\\nthree'], { onLine: line => lines.push(line) })
    await owned.exited
    assert.deepEqual(lines, ['one', 'two', 'three'])
  })

  it('are killed if they ignore SIGTERM', async () => {
    let ready = () => {}
    const trapped = new Promise<void>(resolve => (ready = resolve))
    const owned = await spawnOwned('sh', ['-c', "trap '' TERM; echo on; while :; do sleep 1; done"], { onLine: ready })
    await trapped
    assert.deepEqual(await owned.stop(100), { code: null, signal: 'SIGKILL' })
  })

  it('keep the end of their output, and log all of it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'baton-test-'))
    try {
      const logFile = join(directory, 'log')
      const owned = await spawnOwned(
        'sh',
        ['-c', 'i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo $i; done; echo bad >&2'],
        {
          logFile,
        },
      )
      await owned.exited
      assert.match(owned.tail(), /40/)
      assert.match(owned.tail(), /bad/)
      assert.doesNotMatch(owned.tail(), /^5$/m)
      assert.equal((await readFile(logFile, 'utf8')).split('\n').length, 42)
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('are read in whole characters, and in lines of bounded length', async () => {
    const program = `
      const half = bytes => new Promise(resolve => process.stdout.write(bytes, () => setImmediate(resolve)))
      await half(Buffer.from([0xe2, 0x82])); await half(Buffer.from([0xac]))
      for (let i = 0; i < 30; i++) process.stdout.write('x'.repeat(100_000))
      process.stdout.write('\\r\\nnext')`
    const lines: string[] = []
    const owned = await spawnOwned(process.execPath, ['--input-type=module', '-e', program], {
      onLine: line => lines.push(line),
    })
    await owned.exited
    const [long = '', next] = lines
    assert.equal(next, 'next')
    assert.equal(long.slice(0, 5), '€xxxx')
    assert.ok(long.length < 1_000_100, String(long.length))
  })

  it('fail to start if the program is missing', async () => {
    await assert.rejects(spawnOwned('no-such-program-here', []), { code: 'ENOENT' })
  })
})

describe('a private Redis', () => {
  it('answers on its socket, which only this user can reach, and leaves nothing behind', async () => {
    const redis = await startPrivateRedis()
    assert.ok(redis.socketPath.length < 100)
    assert.equal((await stat(dirname(redis.socketPath))).mode & 0o777, 0o700)
    const socket = createConnection(redis.socketPath)
    socket.write('PING\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    assert.equal(answer.toString(), '+PONG\r\n')
    socket.destroy()
    await redis.stop()
    assert.equal((await redis.exited).code, 0)
    assert.ok(await gone(dirname(redis.socketPath)))
  })

  it('starts even if the path of the folder for temporary files is too long for a socket', async () => {
    const before = process.env['TMPDIR']
    const parent = await mkdtemp(join(tmpdir(), 'baton-test-'))
    const long = join(parent, 'x'.repeat(90))
    await mkdir(long)
    process.env['TMPDIR'] = long
    try {
      const redis = await startPrivateRedis()
      assert.ok(redis.socketPath.length < 100)
      await redis.stop()
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
      await rm(parent, { recursive: true })
    }
  })

  it('shows what to install if redis-server is missing', async () => {
    await assert.rejects(startPrivateRedis({ program: 'no-such-redis' }), {
      code: 'BATON_TOOL_MISSING',
      hint: /apt-get/,
    })
  })

  it('reports a server that ends at once, with its last output', async () => {
    await assert.rejects(startPrivateRedis({ program: 'false' }), { code: 'BATON_REDIS', message: /ended with 1/ })
  })
})
