import assert from 'node:assert/strict'
import path from 'node:path'
import { chmodSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../src/process/free-port.js'
import { RedisServer } from '../support/redis-server.js'
import { fakeFarm, Project } from './baton-cli.js'

/** Records what systemd would be sent, and by whom. */
const notify = `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> notified\n`

describe('a host as a service', function () {
  let project: Project
  before(() => {
    project = new Project({ 'a.json': fakeFarm('alice'), 'b.json': fakeFarm('bob'), 'bin/systemd-notify': notify })
    chmodSync(path.join(project.directory, 'bin/systemd-notify'), 0o755)
  })
  after(() => project.remove())

  const notified = async (state: string): Promise<void> => {
    while (!existsSync(path.join(project.directory, 'notified')) || !project.read('notified').includes(state)) {
      await delay(20)
    }
  }

  it('waits for Redis at its start and later, and notifies systemd', async () => {
    const port = String(await freePort())
    const redis = ['--redis', `redis://127.0.0.1:${port}`, '--lease-ttl', '5000']
    const service = {
      PATH: `${path.join(project.directory, 'bin')}:${process.env['PATH']}`,
      NOTIFY_SOCKET: '@systemd',
      WATCHDOG_USEC: '500000',
    }
    const host = project.start(['host', ...redis, '--name', 'h1', '--devices', 'a.json'], service)
    await host.errorText(`connect ECONNREFUSED 127.0.0.1:${port}; waiting for it\n`)
    {
      await using _ = await RedisServer.start('--port', port)
      await host.line('baton host: ready')
      await notified('@systemd READY=1')
      await notified('@systemd WATCHDOG=1')
    }
    await host.errorText('lost the connection to Redis; waiting for it\n')
    await using server = await RedisServer.start('--port', port)
    await host.errorText('reconnected to Redis after ')
    // Long enough for its start, too.
    const patience = ['--give-up-after', '10000']
    const impatient = project.start(['host', ...redis, '--name', 'h2', '--devices', 'b.json', ...patience])
    await impatient.line('baton host: ready')
    process.kill(server.pid, 'SIGKILL')
    const gaveUp = await impatient.done
    assert.equal(gaveUp.exitCode, 3)
    const [, awaySeconds] = /Redis was away for ([.\d]+) s; giving up\n/.exec(gaveUp.stderr) ?? []
    assert.ok(Number(awaySeconds) >= 10, gaveUp.stderr)
    host.child.kill('SIGTERM')
    const { exitCode, stderr } = await host.done
    assert.equal(exitCode, 0)
    await notified('@systemd STOPPING=1')
    assert.equal(stderr.match(/ECONNREFUSED/g)?.length, 1, stderr)
  })

  it('logs JSON only, if that is wanted, without secrets and what is less important', async () => {
    await using server = await RedisServer.start('--requirepass', 'hidden-password')
    const address = `unix://:hidden-password@${server.socket}`
    const args = ['host', '--redis', address, '--name', 'h1', '--devices', 'a.json', '--log-format', 'json']
    const host = project.start(args)
    await host.errorText('"message":"ready"')
    host.child.kill('SIGTERM')
    const served = await host.done
    assert.deepEqual([served.exitCode, served.stdout], [0, ''])
    const records = served.stderr.trimEnd().split('\n').map(parsed)
    assert.ok(records.some(({ message }) => message === 'ready'))
    for (const { host, level, timestamp } of records) {
      assert.deepEqual([host, level, new Date(String(timestamp)).toISOString()], ['h1', 'info', timestamp])
    }
    const wrong = address.replace('hidden-password', 'wrong-password')
    const refused = await project.run([...args.map(arg => (arg === address ? wrong : arg)), '--log-level', 'error'])
    assert.deepEqual([refused.exitCode, refused.stdout], [3, ''])
    const [record, ...more] = refused.stderr.trimEnd().split('\n').map(parsed)
    assert.equal(record?.['level'], 'error')
    assert.match(String(record?.['message']), /^BATON_REDIS: .* rejects the user or the password/)
    assert.deepEqual(more, [])
    assert.doesNotMatch(served.stderr + refused.stderr, /hidden-password|wrong-password/)
  })
})

function parsed(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>
}
