import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { freePort } from '../../src/process/free-port.js'
import { fakeFarm, Project, type CliResult } from './baton-cli.js'

describe('the command line', () => {
  let project: Project
  before(async () => {
    const closedPort = await freePort()
    project = new Project({
      'devices.json': fakeFarm('alice', 'bob'),
      'modules/a.ts': `it('x', () => {})`,
      'broken.json': '{ "devices": [ {] }',
      'empty.json': { devices: [] },
      'faulty.json': `{ "devices": [
  { "name": "alice", "driver": "chromum" },
  { "name": "alice", "driver": "fake", "labls": [] },
  { "name": "tv", "driver": "fake", "baseUrl": "\${env:NO_SUCH_VARIABLE}" }
], "gateway": { "port": 70000 } }`,
      'phones.json': {
        devices: [
          { name: 'pixel', driver: 'android', udid: 'R58M' },
          {
            name: 'iphone',
            driver: 'ios',
            udid: '00008110',
            platformVersion: '18.5',
            wda: `http://127.0.0.1:${closedPort}`,
          },
          { name: 'alice', driver: 'fake' },
        ],
      },
      'no-browser.json': {
        devices: [
          { name: 'alice', driver: 'chromium', browser: '/no/browser' },
          { name: 'bob', driver: 'chromium', chromedriver: '/no/driver' },
        ],
      },
    })
  })
  after(() => project.remove())

  const run = (...args: string[]): Promise<CliResult> => project.run(['run', 'modules/*.ts', ...args])

  it('is refused by a Node that is too old, before anything else is loaded', async () => {
    const old = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.0'}})`
    const { exitCode, stdout, stderr } = await project.run(['--version'], { NODE_OPTIONS: `--import ${old}` })
    assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: '' })
    assert.match(stderr, /^BATON_TOOL_MISSING: Baton does not run on Node 18\.20\.0\.\nHINT: install Node \^20/)
  })

  /** Refused as usage or configuration: code 2, nothing on stdout, the text on stderr, no stack. */
  async function refused(running: Promise<CliResult>, stderr: string | RegExp): Promise<void> {
    const result = await running
    assert.equal(result.exitCode, 2, result.stderr)
    assert.equal(result.stdout, '')
    assert.doesNotMatch(result.stderr, /^\s+at /m)
    if (typeof stderr === 'string') assert.equal(result.stderr, stderr)
    else assert.match(result.stderr, stderr)
  }

  it('suggests the option or command that was meant', async () => {
    await Promise.all([
      refused(run('--retires', '1'), "error: unknown option '--retires'\n(Did you mean --retries?)\n"),
      refused(project.run(['rnu']), "error: unknown command 'rnu'\n(Did you mean run?)\n"),
    ])
  })

  it('refuses invalid values', async () => {
    await Promise.all([
      refused(run('--grep', '('), /'--grep <pattern>' argument '\(' is invalid. expected a regular expression/),
      refused(run('--timeout', 'soon'), /expected a whole number from 0 to 999999999/),
      refused(run('--redis', 'localhost'), /expected a URL such as redis:\/\/farm\.example:6379/),
      refused(run('--on', 'tablet,,x'), /^BATON_USAGE: --on 'tablet,,x': expected a label: not empty/),
      refused(run('--env', 'NOT_SET_ANYWHERE'), /^BATON_ENV_MISSING: .*'NOT_SET_ANYWHERE'.*\nHINT: .*--env NOT_SET/),
      refused(
        run('--output', 'devices.json'),
        /^BATON_USAGE: --output: 'devices\.json' cannot be written to: .* is not a folder/,
      ),
      // there a folder can't be made, whoever asks
      ...(existsSync('/proc/self')
        ? [refused(run('--output', '/proc/nope/reports'), /^BATON_USAGE: --output: '\/proc\/nope\/reports' cannot be/)]
        : []),
      refused(run('--junit', 'devices.json/junit.xml'), /^BATON_USAGE: --junit: 'devices\.json' cannot be written to/),
      refused(run('--env', '=x'), /^BATON_USAGE: --env '=x': expected NAME or NAME=VALUE/),
    ])
  })

  it('requires modules, and names those that were not found', async () => {
    await Promise.all([
      refused(project.run(['run']), /^BATON_USAGE: .*\nHINT: e\.g\. baton run 'test\/modules\/\*\*\/\*\.ts'\n$/),
      refused(
        project.run(['run', 'modlues/*.ts']),
        /^BATON_NO_MODULES: no module matches 'modlues.*\nHINT: did you mean 'modules'/,
      ),
      refused(
        project.run(['run', 'modules/a.ts', 'modules/b.ts']),
        /^BATON_NO_MODULES: no module matches 'modules\/b\.ts'/,
      ),
      refused(run('--setup', 'nope.ts'), /^BATON_MODULE_IMPORT: 'nope\.ts' cannot be found/),
    ])
  })

  it('refuses a missing or invalid devices.json, with each error at its place', async () => {
    await Promise.all([
      refused(
        run('--devices', 'device.json'),
        "BATON_CONFIG_MISSING: expected the devices of the farm in device.json, found no such file.\nHINT: did you mean 'devices.json'?\n",
      ),
      refused(run('--devices', 'broken.json'), /^BATON_CONFIG_INVALID: broken\.json:1:17: not JSON: .*\n$/),
      refused(
        run('--devices', 'empty.json'),
        /^BATON_CONFIG_INVALID: empty\.json:2:14: 'devices': expected a list of at least 1, found \[\]\.\n$/,
      ),
    ])
    const faulty = project.run(['devices', '--devices', 'faulty.json'])
    await refused(faulty, /faulty\.json/)
    assert.deepEqual(
      (await faulty).stderr.split('\n').flatMap(line => /^BATON_\w+: [^ ]+/.exec(line)?.[0] ?? []),
      [
        'BATON_CONFIG_INVALID: faulty.json:2:32:',
        'BATON_CONFIG_INVALID: faulty.json:3:13:',
        'BATON_CONFIG_INVALID: faulty.json:3:40:',
        'BATON_ENV_MISSING: faulty.json:4:48:',
        'BATON_CONFIG_INVALID: faulty.json:5:25:',
      ],
    )
  })

  it('lists declared devices, and why one is unavailable', async () => {
    // Whoever looks for a phone starts an adb server where none runs, which stays.
    const adbPort = String(await freePort())
    const listed = await project.run(['devices', '--devices', 'phones.json'], { ANDROID_ADB_SERVER_PORT: adbPort })
    await once(spawn('adb', ['-P', adbPort, 'kill-server']), 'close')
    assert.equal(listed.exitCode, 0)
    assert.match(listed.stdout, /^iphone +unavailable +ios .*WebDriverAgent of iphone at http:\S+ does not answer/m)
    assert.match(listed.stdout, /^alice +declared +fake .*not served by a farm$/m)
  })

  it('names the missing program and its device, and shows what to install', async () => {
    await refused(
      run('--devices', 'no-browser.json'),
      /BATON_TOOL_MISSING: no-browser\.json:\d+:\d+: device 'alice': .*\/no\/browser can't be executed\nHINT: .*apt-get install chromium[^]*device 'bob': .*\/no\/driver/,
    )
    await refused(
      project.run(['run', 'modules', '--json'], { PATH: '/nowhere' }),
      /^BATON_TOOL_MISSING: .*redis-server.*\nHINT: .*apt-get install redis-server/,
    )
  })

  it('exits with 3 if Redis cannot be reached', async () => {
    const commands = [['run', 'modules'], ['devices'], ['host', '--give-up-after', '0']]
    const redis = ['--redis', 'unix:///nowhere/redis.sock']
    for (const { exitCode, stderr } of await Promise.all(commands.map(args => project.run([...args, ...redis])))) {
      assert.equal(exitCode, 3)
      assert.match(stderr, /^BATON_REDIS: Redis at unix:\/\/\/nowhere\/redis\.sock cannot be reached: .*ENOENT/)
    }
  })

  it('leaves no report if nothing ran', () => {
    assert.throws(() => project.read('baton-report/latest/events.ndjson'))
  })
})
