import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { ownIdentity } from '../../src/process/process-identity.js'
import { fakeFarm, Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { assertNothingLeft, commands, processBelow } from './support/processes.js'

const passes = `import { useDevice } from 'baton'\nit('passes', async () => { await (await useDevice('alice')).getPageSource() })`

interface Status {
  pid: number
  users: number
  socket: string
  devices: { name: string; state: string }[]
  changed: string[]
}

/** A project whose warm farm ends with it. */
class WarmProject extends Project implements AsyncDisposable {
  async status(): Promise<Status | undefined> {
    const { exitCode, stdout } = await this.run(['farm', 'status', '--json'])
    return exitCode === 0 ? (JSON.parse(stdout) as Status) : undefined
  }

  /** Waits for the end of all that was started here, also of what no longer has a parent. */
  async assertNothingLeft(): Promise<void> {
    await assertNothingLeft(this)
    const left = readdirSync(path.join(this.directory, '.baton'))
    assert.deepEqual(
      left.filter(name => !['.gitignore', 'farm.log', 'farm.previous.log', 'history.json'].includes(name)),
      [],
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run(['farm', 'stop', '--now'])
    this.remove()
  }
}

async function ok(project: Project, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const result = await project.run(args)
  assert.equal(result.exitCode, 0, result.stdout + result.stderr)
  return result
}

/** What a reboot and a container that no longer exists leave. */
async function recordsOfOthers(project: WarmProject): Promise<void> {
  const own = await ownIdentity()
  const record = {
    ...own,
    recordVersion: 1,
    id: 'left',
    directory: project.directory,
    since: new Date().toISOString(),
    idleMs: 1000,
    socket: '/nowhere/control.sock',
    redisUrl: 'unix:///nowhere/redis.sock',
    exclusive: [],
    facts: {},
  }
  const leave = (place: object): void => {
    project.write({ '.baton/farm.json': { ...record, ...place } })
    mkdirSync(path.join(project.directory, '.baton/farm.lock'))
    project.write({ '.baton/farm.lock/owner': { ...own, ...place, directory: project.directory, since: record.since } })
  }
  leave({ boot: 'earlier', space: 'earlier' })
  assert.match((await project.run(['farm', 'status'])).stdout, /^the farm \(process \d+\) has died/)
  await ok(project, 'farm', 'stop')
  assert.equal((await project.run(['farm', 'stop'])).stdout, 'no warm farm is running in this folder\n')

  leave({ space: 'another' })
  const refused = await project.run(['farm', 'stop'])
  assert.equal(refused.exitCode, 2)
  assert.match(
    refused.stderr,
    /belongs to another machine or container \(if .*baton farm stop --now removes its record\)/,
  )
  await ok(project, 'farm', 'stop', '--now')
  assert.equal((await project.run(['farm', 'stop'])).stdout, 'no warm farm is running in this folder\n')
}

describe('a warm farm', function () {
  this.timeout(400_000)

  it('serves runs at the same time and one after another, survives a killed one, and is replaced if devices.json changes', async () => {
    await using gates = await GateKeeper.start()
    await using project = new WarmProject({
      'devices.json': fakeFarm('alice', 'bob'),
      'passes.ts': passes,
      'waits.ts': gateModule('waits', 'alice'),
      'killed.ts': gateModule('killed', 'alice'),
    })
    await ok(project, 'farm', 'start')
    const farm = await project.status()
    assert.ok(farm)
    assert.deepEqual(
      farm.devices.map(({ name }) => name),
      ['alice', 'bob'],
    )
    assert.deepEqual([farm.users, farm.changed], [0, []])

    const first = project.start(['run', 'waits.ts', '--json', ...gates.args])
    await gates.arrival('waits')
    const second = project.start(['run', 'passes.ts', '--json'])
    await second.event('run:start')
    const used = await project.status()
    assert.deepEqual([used?.pid, used?.users], [farm.pid, 2])
    gates.open('waits')
    for (const { done } of [first, second]) {
      const { exitCode, stdout, stderr } = await done
      assert.equal(exitCode, 0, stdout + stderr)
      assert.equal(stderr, '')
    }

    // Otherwise its devices would become free by themselves.
    const longTtl = ['--owner-ttl', '3600000']
    const killed = project.start(['run', 'killed.ts', '--json', ...longTtl, ...gates.args])
    await gates.arrival('killed')
    killed.child.kill('SIGKILL')
    await killed.done
    await ok(project, 'run', 'passes.ts')
    assert.match((await ok(project, 'devices')).stdout, /alice +(?:idle|checking|leased) .*local/)

    project.write({ 'devices.json': fakeFarm('alice', 'carol') })
    assert.deepEqual((await project.status())?.changed, ['devices.json'])
    const changed = await ok(project, 'run', 'passes.ts')
    assert.match(changed.stderr, /^baton: devices\.json has changed: the warm farm is replaced\n$/)
    const replaced = await project.status()
    assert.ok(replaced && replaced.pid !== farm.pid)
    assert.deepEqual(
      replaced.devices.map(({ name }) => name),
      ['alice', 'carol'],
    )

    const stop = await ok(project, 'farm', 'stop')
    assert.equal(stop.stdout, `the farm (process ${replaced.pid}) has ended\n`)
    // Not a moment later.
    assert.equal(existsSync(replaced.socket.replace('unix://', '')), false)
    assert.equal(await project.status(), undefined)
    await project.assertNothingLeft()
  })

  it('is one clear line if it dies, in a run and between runs, and leaves nothing', async () => {
    await using gates = await GateKeeper.start()
    await using project = new WarmProject({
      'devices.json': fakeFarm('alice'),
      'baton.config.json': { keepWarm: true },
      'passes.ts': passes,
      'waits.ts': gateModule('waits', 'alice'),
    })
    const running = project.start(['run', 'waits.ts', ...gates.args])
    await gates.arrival('waits')
    const farm = await project.status()
    assert.ok(farm)
    for (const command of [commands.redis, commands.host, commands.appium]) processBelow(farm.pid, command)
    process.kill(farm.pid, 'SIGKILL')
    const broken = await running.done
    assert.equal(broken.exitCode, 3, broken.stdout + broken.stderr)
    assert.match(broken.stderr, new RegExp(`BATON_HOST_LOST: the warm farm \\(process ${farm.pid}\\) ended`))
    await assertNothingLeft(project)

    const next = await ok(project, 'run', 'passes.ts')
    assert.equal(
      next.stderr,
      `baton: the warm farm (process ${farm.pid}) has died (its log: .baton/farm.previous.log): starting another one\n`,
    )
    assert.match(project.read('.baton/farm.previous.log'), new RegExp(`ready \\(process ${farm.pid}\\)`))
    const other = await project.status()
    assert.ok(other)
    process.kill(other.pid, 'SIGKILL')
    await assertNothingLeft(project)
    const dead = await project.run(['farm', 'status'])
    assert.equal(dead.exitCode, 1)
    assert.match(dead.stdout, new RegExp(`^the farm \\(process ${other.pid}\\) has died`))
    await ok(project, 'farm', 'stop')
    await project.assertNothingLeft()
  })

  it('ends when nobody uses it, is not kept in CI, and belongs to one folder', async () => {
    await using project = new WarmProject({ 'devices.json': fakeFarm('alice'), 'passes.ts': passes })
    const inCi = await project.run(['farm', 'start'], { CI: 'true' })
    assert.equal(inCi.exitCode, 2)
    assert.match(inCi.stderr, /^BATON_USAGE: baton farm start: a farm is never kept in CI/)

    await ok(project, 'farm', 'start')
    const copy = `${project.directory}-copy`
    const link = `${project.directory}-link`
    try {
      // The farm is at work in its temporary folder: what is there may be gone before it is copied.
      const isCopied = (name: string): boolean => name !== project.temporary && !name.endsWith('.sock')
      cpSync(project.directory, copy, { recursive: true, filter: isCopied })
      symlinkSync(project.directory, link)
      const main = ['farm', 'status']
      const statusIn = async (folder: string) => project.startOn(['env', '-C', folder], main, {}).done
      const copied = await statusIn(copy)
      assert.equal(copied.exitCode, 1)
      assert.match(copied.stdout, new RegExp(`^the warm farm of this folder belongs to ${project.directory} \\(if`))
      assert.equal((await statusIn(link)).exitCode, 0)
    } finally {
      rmSync(copy, { recursive: true, force: true })
      rmSync(link, { force: true })
    }
    await ok(project, 'farm', 'stop')
    await recordsOfOthers(project)

    await ok(project, 'farm', 'start')
    const hanging = await project.status()
    assert.ok(hanging)
    process.kill(hanging.pid, 'SIGSTOP')
    await ok(project, 'farm', 'stop', '--now')
    await project.assertNothingLeft()
    assert.equal((await project.run(['farm', 'status'])).stdout, 'no warm farm is running in this folder\n')

    // It may have ended before the command could see it.
    await project.run(['farm', 'start', '--idle-timeout', '1'])
    await project.assertNothingLeft()
    assert.match(project.read('.baton/farm.log'), /baton farm: ending: nobody has used it for 0 s/)
  })
})
