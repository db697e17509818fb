import assert from 'node:assert/strict'
import path from 'node:path'
import { Project } from './baton-cli.js'
import { SharedFarm } from './support/shared-farm.js'

const passes = (device: string): string => `export const devices = { device: ${device} }\nit('passes', () => {})\n`

describe('devices that cannot serve', () => {
  it('are quarantined if their session cannot be opened: modules run elsewhere, or are lost at once', async () => {
    const good = { name: 'alice', driver: 'fake', reset: 'none' }
    const project = new Project({
      'devices.json': { devices: [good, { ...good, name: 'bob', app: './no-such-app.xml' }] },
      'any-1.ts': passes(`['platform=fake']`),
      'any-2.ts': passes(`['platform=fake']`),
      'only-bob.ts': passes(`'bob'`),
    })
    try {
      const cli = project.start(['run', '*.ts', '--json'])
      const { exitCode, stderr } = await cli.done
      assert.deepEqual(
        cli.verdicts,
        { 'any-1.ts': ['passed'], 'any-2.ts': ['passed'], 'only-bob.ts': ['lost'] },
        stderr,
      )
      assert.equal(exitCode, 3)
      const { reasons } = await cli.event('module:end', event => event.verdict === 'lost')
      assert.match(String(reasons), /no device of the farm can serve it: .*bob is quarantined \(.*no-such-app/s)
    } finally {
      project.remove()
    }
  })

  it('are tried again after a while in quarantine, and serve again once they can', async () => {
    await using farm = await SharedFarm.start({ 'on-bob.ts': passes(`'bob'`) })
    const bob = { name: 'bob', driver: 'fake', reset: 'none', app: path.join(farm.project.directory, 'late-app.xml') }
    farm.project.write({ 'h1.json': { devices: [bob] } })
    const redis = ['--redis', `unix://${farm.server.socket}`]
    const host = farm.project.start(['host', ...redis, '--name', 'h1', '--devices', 'h1.json', '--look-every', '200'])
    await host.line('baton host: ready')
    const state = async (): Promise<unknown> => farm.redis.hget('{baton}:device:bob', 'state')
    await farm.until(async () => (await state()) === 'quarantined', 'bob is quarantined')
    farm.project.write({ 'late-app.xml': '<app title="Late" width="390" height="844"><title>Late</title></app>' })
    await farm.until(async () => (await state()) === 'idle', 'bob serves again')
    const cli = farm.run('on-bob.ts')
    assert.equal((await cli.done).exitCode, 0)
    host.child.kill('SIGTERM')
    // The old name of the option works for one minor version.
    assert.match((await host.done).stderr, /--look-every is now called --health-check-interval/)
  })

  it('are waited for while they are offline, until --wait-timeout makes the module lost', async () => {
    await using farm = await SharedFarm.start({ 'on-bob.ts': passes(`'bob'`) })
    await farm.host('h1', 'alice')
    const gone = await farm.host('h2', 'bob')
    gone.child.kill('SIGTERM')
    assert.equal((await gone.done).exitCode, 0)
    const cli = farm.run('on-bob.ts', '--wait-timeout', '200')
    const { exitCode } = await cli.done
    assert.deepEqual(cli.verdicts, { 'on-bob.ts': ['lost'] })
    assert.match(String((await cli.event('module:end')).reasons), /no online device matches: .*bob is offline/)
    assert.equal(exitCode, 3)
  })
})
