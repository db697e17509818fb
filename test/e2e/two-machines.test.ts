import assert from 'node:assert/strict'
import type { CliResult, Project, RunningCli } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'
import { addresses, addresses6, TwoMachines, whyNoNamespaces, type Side } from './support/two-machines.js'

const obstacle = whyNoNamespaces()
const suite = obstacle === undefined ? describe : describe.skip

const acts = (...roles: string[]): string => `
  import { browser } from '@wdio/globals'
  import { useDevice } from 'baton'
  it('acts on both', async () => {
    ${roles.map(role => `await useDevice('${role}'); await browser.getPageSource()`).join('\n    ')}
  })`

const onLabel = `export const devices = { t: ['room=2', 'nightly'] }; it('passes', () => {})`

interface GatewayKeys {
  host?: string
  port?: number
  advertise?: string
}

suite(`hosts on two machines${obstacle === undefined ? '' : ` (${obstacle})`}`, () => {
  let machines: TwoMachines
  const devices = { a: 'alice', b: 'bob' }
  const projects = {} as Record<Side, Project>

  beforeEach(async () => {
    machines = await TwoMachines.start()
    projects.a = machines.project('a', {
      'a-first.ts': acts('alice', 'bob'),
      'b-first.ts': acts('bob', 'alice'),
      'room.ts': onLabel,
    })
    projects.b = machines.project('b', {})
  })
  afterEach(async () => machines[Symbol.asyncDispose]())

  function host(side: Side, gateway: GatewayKeys, ...args: string[]): RunningCli {
    const farm = { devices: [{ name: devices[side], driver: 'fake', reset: 'none' }], gateway }
    projects[side].write({ 'devices.json': farm })
    return projects[side].start(['host', '--redis', machines.redisUrl, '--name', `host-${side}`, ...args])
  }

  async function stop(running: RunningCli): Promise<CliResult> {
    running.child.kill('SIGTERM')
    return running.done
  }

  const assertRefused = ({ exitCode, stderr }: CliResult, ...texts: RegExp[]): void => {
    assert.equal(exitCode, 2, stderr)
    for (const text of [/^BATON_GATEWAY_UNREACHABLE: /m, ...texts]) assert.match(stderr, text)
  }

  it('share a module, whichever leads it, over IPv4 and IPv6', async () => {
    const a = host('a', { host: '0.0.0.0' }, '--advertise', addresses.a)
    await a.line('baton host: ready')
    for (const gateway of [{ host: addresses.b }, { host: '::', advertise: `[${addresses6.b}]` }]) {
      const b = host('b', gateway)
      await b.line('baton host: ready')
      const outcome = new RunOutcome(
        await projects.a.run(['run', 'a-first.ts', 'b-first.ts', '--redis', machines.redisUrl, '--json']),
      )
      assert.equal(outcome.result.exitCode, 0, outcome.result.stdout)
      assert.equal((await stop(b)).exitCode, 0)
    }
    assert.equal((await stop(a)).exitCode, 0)
  })

  it('reach each other by default, or if they listen on all interfaces', async () => {
    const a = host('a', {}, '--labels', 'room=1', '--gateway-port', '4701')
    await a.line('baton host: ready')
    const b = host('b', { host: '0.0.0.0' }, '--labels', 'room=2,nightly')
    await b.line('baton host: ready')
    const outcome = new RunOutcome(
      await projects.a.run(['run', 'a-first.ts', 'b-first.ts', 'room.ts', '--redis', machines.redisUrl, '--json']),
    )
    assert.equal(outcome.result.exitCode, 0, outcome.result.stdout)
    assert.deepEqual(outcome.module('room.ts').devices, { t: 'bob' })
    await Promise.all([stop(a), stop(b)])
  })

  it('are waited for, and started by the lines that the run prints', async function () {
    projects.a.write({ 'devices.json': { devices: [{ name: 'alice', driver: 'fake', reset: 'none' }] } })
    projects.b.write({ 'devices.json': { devices: [{ name: 'bob', driver: 'fake', reset: 'none' }] } })
    const args = ['run', 'a-first.ts', '--redis', machines.redisUrl, '--json', '--wait-for', 'room-2,platform=fake:2']
    const late = await projects.a.run([...args, '--wait-timeout', '300'])
    assert.equal(late.exitCode, 3)
    assert.match(
      late.stderr,
      /^BATON_WAIT_TIMEOUT: --wait-for: .*after 300 ms: 2 missing of 2 devices with .*there: none$/m,
    )

    const run = projects.a.start(args)
    await run.errorText('--name host-2')
    const lines = run.errorLines.filter(line => line.startsWith('baton host '))
    assert.equal(lines.length, 2)
    const hosts = lines.map((line, index) => projects[index === 0 ? 'a' : 'b'].startLine(line))
    await Promise.all(['alice is there: ', 'bob is there: ', '2 of 2 devices'].map(text => run.errorText(text)))
    const outcome = new RunOutcome(await run.done)
    assert.equal(outcome.result.exitCode, 0, outcome.result.stderr)
    await Promise.all(hosts.map(stop))
  })

  it('are refused if the second one listens on loopback only', async () => {
    const a = host('a', { host: addresses.a })
    await a.line('baton host: ready')
    assertRefused(
      await host('b', { host: '127.0.0.1' }).done,
      /gateway of host 'host-b' \(http:\/\/127\.0\.0\.1:\d+\) is reached from its own machine only/,
      /host 'host-a' is on another machine/,
      /^HINT: restart host 'host-b' .*--advertise HOST\[:PORT\]$/m,
    )
    await stop(a)
  })

  it('are refused if the first one is reached over loopback only', async () => {
    const a = host('a', { host: 'localhost' })
    await a.line('baton host: ready')
    const second = await host('b', { host: addresses.b }).done
    assertRefused(
      second,
      /gateway of host 'host-a' is reached from its own machine only/,
      /HINT: restart host 'host-a'/,
    )
    await stop(a)
    // the farm has one machine again
    const b = host('b', {})
    await b.line('baton host: ready')
    await stop(b)
  })

  it('refuse an advertised address that does not lead to them', async () => {
    assertRefused(
      await host('a', { host: '0.0.0.0' }, '--advertise', `${addresses.a}:1`).done,
      /advertises 10\.99\.0\.1:1, where it cannot be reached: .*ECONNREFUSED.* \(it listens on 0\.0\.0\.0:\d+\)/,
    )
    const b = host('b', { host: addresses.b, port: 4700 })
    await b.line('baton host: ready')
    assertRefused(
      await host('a', { host: '0.0.0.0', advertise: `${addresses.b}:4700` }).done,
      /another gateway answers at that address/,
    )
    await stop(b)
  })
})
