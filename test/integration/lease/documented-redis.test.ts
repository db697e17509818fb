import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from '../../../src/lease/registry.js'
import { LeaseScripts } from '../../../src/lease/lease-scripts.js'
import { connectRedis, openRedis } from '../../../src/lease/open-redis.js'
import { freePort } from '../../../src/process/free-port.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { executeModules } from '../../support/execute-modules.js'

/** The code blocks of the section about Redis, with other folders. */
function documentedBlocks(folder: string): [commands: string, config: string] {
  const page = readFileSync('docs/running-a-farm.md', 'utf8')
  const [, section = ''] = /\n## Redis\n([^]*?)\n## /.exec(page) ?? []
  const [commands = '', config = ''] = [...section.matchAll(/^```\w*\n([^]*?)^```$/gm)].map(([, block = '']) =>
    block.replaceAll('/etc/redis', folder).replaceAll('/var/lib/redis', join(folder, 'data')),
  )
  return [commands.replace(/^chown .*$/m, ''), config.replace('PASSWORD', 'farm-word')]
}

describe('the Redis of docs/running-a-farm.md', () => {
  let folder: string
  let server: ChildProcess | undefined
  before(() => (folder = mkdtempSync(join(tmpdir(), 'baton-documented-'))))
  after(async () => {
    await stop()
    rmSync(folder, { recursive: true })
  })

  async function start(config: string): Promise<void> {
    server = spawn('redis-server', [config], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const text of server.stdout ?? []) if (String(text).includes('eady to accept')) break
    server.stdout?.resume()
  }

  async function stop(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGTERM')
    await exited
  }

  it('serves a farm over TLS with its user, and keeps the data of the farm when it is started again', async () => {
    const [commands, configuration] = documentedBlocks(folder)
    execFileSync('sh', ['-e', '-c', commands], { stdio: 'ignore' })
    mkdirSync(join(folder, 'data'))
    const port = await freePort()
    const config = join(folder, 'baton.conf')
    writeFileSync(config, configuration.replace('tls-port 6379', `tls-port ${port}`))
    await start(config)
    // Its certificate has that name, which does not lead here.
    const certificate = ['ca.pem', 'redis.pem'].map(name => join(folder, 'tls', name))
    execFileSync('openssl', ['verify', '-CAfile', ...certificate], { stdio: 'ignore' })
    const local = [
      '-in',
      'redis.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-extfile',
      'local.txt',
      '-out',
      'redis.pem',
    ]
    writeFileSync(join(folder, 'tls', 'local.txt'), 'subjectAltName=DNS:localhost\n')
    execFileSync('openssl', ['x509', '-req', ...local], { cwd: join(folder, 'tls'), stdio: 'ignore' })
    await stop()
    await start(config)

    const url = `rediss://baton:farm-word@localhost:${port}?ca=${certificate[0]}`
    await using farm = await AllocationFarm.start()
    const host = await farm.host('h1', [device('a1')], { redis: () => openRedis(url) })
    const { outcome } = await executeModules(url, ['m1'])
    assert.deepEqual(outcome, { verdicts: new Map([['m1', 'passed']]) })
    await host.stop()
    const known = async (): Promise<unknown> => {
      const redis = openRedis(url)
      await connectRedis(redis, url)
      const registry = new Registry(new LeaseScripts(redis))
      const devices = await registry.listDevices()
      const { sessions } = await registry.deviceHistory('a1')
      redis.disconnect()
      return { devices, sessions }
    }
    const before = await known()
    assert.match(JSON.stringify(before), /"name":"a1".*"file":"m1/)
    await stop()
    await start(config)
    assert.deepEqual(await known(), before)
  })
})
