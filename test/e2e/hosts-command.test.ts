import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fakeFarm, Project } from './baton-cli.js'
import { GateKeeper, gateModule } from './support/gate.js'
import { SharedFarm } from './support/shared-farm.js'

describe('baton hosts, and hosts that are stopped', function () {
  it('drains them, lists them and removes them', async () => {
    await using gates = await GateKeeper.start()
    await using farm = await SharedFarm.start({
      'both.ts': gateModule('both', 'alice', 'bob'),
      'alice.ts': gateModule('alice', 'alice'),
    })
    const redis = ['--redis', `unix://${farm.server.socket}`]
    const hosts = async (...args: string[]) => farm.project.run(['hosts', ...args, ...redis])
    const listed = async (): Promise<string[]> =>
      (await hosts()).stdout
        .trimEnd()
        .split('\n')
        .map(line => line.replaceAll(/\d+ s ago/g, 'N s ago').replaceAll(/ {2,}/g, '|'))
    const [h1, h2] = await Promise.all([farm.host('h1', 'alice'), farm.host('h2', 'bob')])

    const both = farm.run('both.ts', ...gates.args)
    await gates.arrival('both')
    // Whichever leads, one of the two is stopped while the other one's module or device is in use.
    h2.child.kill('SIGHUP')
    await h2.errorText('draining: no new modules')
    await farm.until(async () => (await listed())[2]?.startsWith('h2|draining') ?? false, 'h2 drains')
    const [header, first = '', second = ''] = await listed()
    assert.equal(header, 'HOST|STATE|DEVICES|LOAD|VERSION|SINCE|HEARTBEAT|REASON')
    assert.match(first, /^h1\|serving\|1 leased\|1\/1 in use, [01] modules?\|\d+\.\d+\.\d+\S*\|N s ago\|N s ago$/)
    assert.match(second, /^h2\|draining\|1 offline\|1\/1 in use, /)
    gates.open('both')
    const [run, stopped] = await Promise.all([both.done, h2.done])
    assert.deepEqual([run.exitCode, stopped.exitCode], [0, 0])
    assert.deepEqual(both.verdicts, { 'both.ts': ['passed'] })

    const alice = farm.run('alice.ts', ...gates.args)
    await gates.arrival('alice')
    h1.child.kill('SIGTERM')
    await h1.errorText('draining: no new modules; those that run (1)')
    h1.child.kill('SIGTERM')
    assert.equal((await h1.done).exitCode, 143)
    const again = await farm.host('h1', 'alice')
    await gates.arrival('alice', 2)
    const draining = hosts('drain', 'h1', '--wait')
    await farm.until(async () => (await listed())[1]?.startsWith('h1|draining') ?? false, 'h1 drains')
    gates.open('alice')
    const drained = await draining
    const lines = 'it stops when its module has ended, or after its --drain-timeout\nhost h1 has stopped\n'
    assert.deepEqual([drained.stdout, drained.exitCode], [`host h1 takes no new modules; ${lines}`, 0])
    assert.equal((await alice.done).exitCode, 0)
    assert.deepEqual(alice.verdicts, { 'alice.ts': ['passed'] })
    assert.equal((await again.done).exitCode, 0)

    const gone = await hosts('drain', 'h1')
    assert.equal(gone.exitCode, 2)
    assert.match(
      gone.stderr,
      /^BATON_USAGE: baton hosts drain: host 'h1' does not serve: host h1 has stopped\.\nHINT: /,
    )
    const unknown = await hosts('remove', 'h11')
    assert.equal(unknown.exitCode, 2)
    assert.match(unknown.stderr, /the farm has no host 'h11' \(known: 'h1', 'h2'\)\./)
    const removed = await hosts('remove', 'h1')
    assert.deepEqual([removed.stdout, removed.exitCode], ['removed host h1 with alice\n', 0])
    const json = JSON.parse((await hosts('--json')).stdout) as { name: string; state: string; devices: object[] }[]
    assert.deepEqual(
      json.map(({ name, state, devices }) => [name, state, devices]),
      [['h2', 'gone', [{ name: 'bob', state: 'offline', reason: 'host h2 has stopped' }]]],
    )
  })

  it('stop while they are starting', async () => {
    const project = new Project({ 'devices.json': fakeFarm('alice') })
    // Takes connections and never answers, as a Redis behind a firewall may.
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    try {
      await once(silent, 'listening')
      const host = project.start(['host', '--redis', `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`])
      const [connection] = (await once(silent, 'connection')) as [NodeJS.ReadableStream & { destroy(): void }]
      host.child.kill('SIGTERM')
      const { exitCode, stderr } = await host.done
      connection.destroy()
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, /stopped while it was starting/)
    } finally {
      silent.close()
      project.remove()
    }
  })
})
