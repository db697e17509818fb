import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { parse } from 'yaml'
import { createProgram } from '../../../src/cli/program.js'
import { defaults } from '../../../src/device/defaults.js'

interface Service {
  build?: { dockerfile: string }
  command: string[]
  environment: Record<string, string>
  restart: string
  stop_grace_period?: string
  ports?: string[]
}

const read = (name: string): string => readFileSync(`deploy/${name}`, 'utf8')
const pages: Record<string, string> = Object.fromEntries(
  ['baton-host.service', 'Dockerfile', 'compose.yaml'].map(name => [name, read(name)]),
)
const compose = parse(read('compose.yaml')) as { services: Record<string, Service> }

/** `Key=value` lines of a unit file by section; a repeated key keeps all its values. */
function unitOf(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>()
  let section = ''
  for (const line of text.split('\n').filter(each => each !== '' && !each.startsWith('#'))) {
    const header = /^\[(\w+)\]$/.exec(line)?.[1]
    if (header !== undefined) {
      section = header
      continue
    }
    const [, key = '', value = ''] = /^([A-Z]\w*)=(.+)$/.exec(line) ?? assert.fail(line)
    values.set(`${section}.${key}`, [...(values.get(`${section}.${key}`) ?? []), value])
  }
  return values
}

/** @returns the options of a `baton host` command line, as Baton parses them */
function hostOptions(args: string[]): Record<string, unknown> {
  const program = createProgram(() => {})
  const host = program.commands.find(each => each.name() === 'host') ?? assert.fail('no host command')
  program.exitOverride().configureOutput({ writeErr: () => {} })
  host
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action(() => {})
  assert.equal(args[0], 'host')
  try {
    program.parse([...args, '--redis', 'redis://farm.example'], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) assert.fail(error.message)
    throw error
  }
  return host.opts()
}

const exec = (pages['Dockerfile'] ?? '').match(/^(?:ENTRYPOINT|CMD) .*$/gm) ?? []
const [entry = [], command = []] = exec.map(line => JSON.parse(line.replace(/^\w+ /, '')) as string[])
const unit = unitOf(pages['baton-host.service'] ?? '')
const unitLine = (unit.get('Service.ExecStart')?.[0] ?? '').split(' ')

describe('the files in deploy/', () => {
  for (const [name, args] of [
    ['baton-host.service', unitLine.slice(1)],
    ['Dockerfile', command],
    ['compose.yaml', compose.services['host']?.command ?? []],
  ] as const) {
    it(`${name} starts a host with options that exist, on the ports that it opens`, () => {
      const { gatewayPort, metricsPort, tls, devices, redis } = hostOptions([...args])
      assert.deepEqual(
        { gatewayPort, metricsPort, tls, devices, redis },
        {
          gatewayPort: 4700,
          metricsPort: 9464,
          tls: true,
          devices: '/etc/baton/devices.json',
          redis: 'redis://farm.example',
        },
      )
      assert.ok(!args.includes('--redis'), 'the URL with its password is in BATON_REDIS_URL')
    })
  }

  it('have no secrets', () => {
    for (const [name, text] of Object.entries(pages)) {
      assert.doesNotMatch(text, /rediss?:\/\/[^@\s]*:(?!\$\{)[^@\s]+@/, name)
      assert.doesNotMatch(text, /PASSWORD(?:: |=)[^$\s{]/, name)
    }
    assert.match(
      compose.services['host']?.environment['BATON_REDIS_URL'] ?? '',
      /^redis:\/\/:\$\{REDIS_PASSWORD\}@redis:6379$/,
    )
  })

  it('let a drained host stay stopped, and give it time to drain', () => {
    assert.deepEqual(unit.get('Service.Restart'), ['on-failure'])
    assert.deepEqual(unit.get('Service.Type'), ['notify'])
    assert.deepEqual(unit.get('Service.NotifyAccess'), ['all'])
    assert.deepEqual(unit.get('Service.TimeoutStartSec'), ['infinity'])
    assert.ok(Number(unit.get('Service.TimeoutStopSec')?.[0]) * 1000 > defaults.drainTimeoutMs)
    assert.deepEqual(unit.get('Install.WantedBy'), ['multi-user.target'])
    const host = compose.services['host'] ?? assert.fail('no host')
    assert.equal(host.restart, 'on-failure')
    assert.ok(Number.parseInt(host.stop_grace_period ?? '', 10) * 1000 > defaults.drainTimeoutMs)
    assert.equal(host.build?.dockerfile, 'deploy/Dockerfile')
  })

  it('build an image whose entry point is baton', () => {
    const dockerfile = pages['Dockerfile'] ?? ''
    assert.deepEqual(entry, ['baton'])
    const { bin, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>
    assert.ok(dockerfile.includes(`ln -s /opt/baton/${bin?.['baton']} /usr/local/bin/baton`))
    assert.ok(dockerfile.includes(`chmod +x /opt/baton/${bin?.['baton']}`), 'the compiler does not make it executable')
    for (const [, script = ''] of dockerfile.matchAll(/npm run (\S+)/g)) assert.ok(scripts?.[script], script)
    assert.match(dockerfile, /^USER baton$/m)
    assert.match(dockerfile, /^EXPOSE 4700 9464$/m)
  })
})
