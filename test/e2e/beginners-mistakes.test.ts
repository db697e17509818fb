import assert from 'node:assert/strict'
import { Project } from './baton-cli.js'

/** A module, and the line of its message and hint. */
const modules: Record<string, [code: string, message: RegExp]> = {
  'useDevice is misspelt': [
    `import { useDevices } from 'baton'\nit('x', () => useDevices('alice'))`,
    /:1:10: 'baton' has no export 'useDevices'\.\nHINT: did you mean 'useDevice'\?/,
  ],
  'multiremotebrowser from baton': [
    `import { multiremotebrowser } from 'baton'\nit('x', () => multiremotebrowser)`,
    /no export 'multiremotebrowser'\.\nHINT: take it from '@wdio\/globals': import \{ multiremotebrowser \}/,
  ],
  'expect from webdriverio': [
    `import { expect } from 'webdriverio'\nit('x', () => expect(1).toBe(1))`,
    /'webdriverio' has no export 'expect'\.\nHINT: take it from '@wdio\/globals'/,
  ],
  'useDevice from WebdriverIO': [
    `import { useDevice } from '@wdio/globals'\nit('x', () => useDevice('alice'))`,
    /'@wdio\/globals' has no export 'useDevice'\.\nHINT: take it from 'baton'/,
  ],
  'it from baton': [
    `import { it } from 'baton'\nit('x', () => {})`,
    /no export 'it'\.\nHINT: remove the import: mocha's it is a global/,
  ],
  'something else from baton': [
    `import { page } from 'baton'\nit('x', () => page)`,
    /no export 'page'\.\nHINT: it exports activeDevice, /,
  ],
  'useDevice is not imported': [
    `it('x', async () => { await useDevice('alice') })`,
    /:1:29: useDevice is not imported\.\nHINT: add: import \{ useDevice \} from 'baton'/,
  ],
  'serverUrl is not imported': [
    `it('x', () => serverUrl('chat'))`,
    /serverUrl is not imported\.\nHINT: add: import \{ serverUrl \}/,
  ],
  'a device is misspelt': [
    `import { useDevice } from 'baton'\nit('x', () => useDevice('alise'))`,
    /:2:15: role 'alise' asks for the device 'alise', which the farm does not have \(known: alice, bob\)\.\nHINT: did you mean 'alice'\?/,
  ],
  'a role is not declared': [
    `import { useDevice } from 'baton'\nexport const devices = ['alice', 'bob']\nit('x', () => useDevice('carol'))`,
    /:3:15: useDevice\('carol'\) is not listed in `export const devices` \(it has: alice, bob\)\.\nHINT: add it there/,
  ],
  'a declared role is misspelt': [
    `import { useDevice } from 'baton'\nexport const devices = { alice: ['fast'] }\nit('x', () => useDevice('alcie'))`,
    /useDevice\('alcie'\) is not listed .*\nHINT: did you mean 'alice'\?/,
  ],
  'a label is misspelt': [
    `export const devices = { a: ['fsat'] }\nit('x', () => {})`,
    /:1:26: role 'a' asks for any fsat; .*\nHINT: did you mean 'fast'\?/,
  ],
  'more roles than devices': [
    `export const devices = { a: [], b: [], c: [] }\nit('x', () => {})`,
    /its 3 roles need as many different devices, but the farm has too few/,
  ],
  'devices are computed': [
    `export const devices = make()\nfunction make(): object { return { a: [Math.random()] } }`,
    /expected an object or a list of names, found/,
  ],
  'a label is no text': [`export const devices = { a: [1] }`, /role 'a': expected a label in quotes, found `1`\./],
  'a file is missing': [
    `import './nope.js'\nit('x', () => {})`,
    /:1:8: '\.\/nope\.js' cannot be found\.\nHINT: test\/nope\.js does not exist/,
  ],
  'a package is missing': [
    `import x from 'lodsh'\nit('x', () => x)`,
    /'lodsh' cannot be found\.\nHINT: if it is a package: npm install --save-dev lodsh/,
  ],
  'a bracket is missing': [`it('x', () => {`, /:1:16: Unexpected end of file/],
  'a list of files is wrong': [`export const files = ['nope/*.txt']\nit('x', () => {})`, /BATON_MODULE_FILES: .*nope/],
}

/** A devices.json, and the message. */
const farms: Record<string, [farm: object | string, message: RegExp]> = {
  'a driver': [{ devices: [{ name: 'a', driver: 'chromum' }] }, /chromum[^]*HINT: did you mean 'chromium'\?/],
  'a key': [{ devices: [{ name: 'a', driver: 'fake', lables: [] }] }, /lables[^]*HINT: did you mean 'labels'\?/],
  'a name that is used twice': [
    { devices: ['a', 'a'].map(name => ({ name, driver: 'fake' })) },
    /is already taken at [^]*HINT: give each device a unique name/,
  ],
  'no devices': [{ devices: [] }, /'devices': expected a list of at least 1, found \[\]\./],
  'a comma': ['{ "devices": [ ] ', /expected/i],
  'a variable': [
    { devices: [{ name: 'a', driver: 'fake', baseUrl: '${env:NOT_THERE_AT_ALL}' }] },
    /BATON_ENV_MISSING: .*NOT_THERE_AT_ALL/,
  ],
  'an emulated phone': [
    { devices: [{ name: 'a', driver: 'chromium', emulate: 'Pixle 7' }] },
    /ChromeDriver has no device 'Pixle 7'\.\nHINT: did you mean 'Pixel 7'\?/,
  ],
  'a URL without a server': [
    { devices: [{ name: 'a', driver: 'chromium' }] },
    /test\/page\.ts:3:\d+: '\/login' is a relative URL, and farms\/a-URL-without-a-server\.json has no baseUrl\.\nHINT: add "baseUrl"/,
  ],
  'an app': [
    { devices: [{ name: 'a', driver: 'android', udid: 'R5', app: 'build/nope.apk' }] },
    /app 'build\/nope\.apk': expected an \.apk, found no such file/,
  ],
  'an iPhone': [
    { devices: [{ name: 'a', driver: 'ios' }] },
    /BATON_CONFIG_INVALID: .*device 'a' has no 'udid': expected text/,
  ],
  ...(process.platform === 'linux' && {
    'a display': [
      { devices: [{ name: 'a', driver: 'chromium', headless: false }] },
      /"headless": false needs a display, .*\nHINT: remove "headless": false, or start Baton under a virtual display: xvfb-run/,
    ] satisfies [object, RegExp],
  }),
}

/** A command line, and the message. */
const commands: [line: string[], message: RegExp][] = [
  [['test', 'test/ok.ts'], /unknown command 'test'\.\nHINT: baton run test\/ok\.ts\n$/],
  [['rnu', 'test/ok.ts'], /unknown command 'rnu'\n\(Did you mean run\?\)/],
  [['run'], /expected the modules to run[^]*HINT: e\.g\. baton run/],
  [['run', 'test\\ok.ts'], /no module matches 'test\\ok\.ts'\.\nHINT: did you mean 'test\/ok\.ts'\?/],
  [['run', 'test/*.spec.ts'], /no module matches 'test\/\*\.spec\.ts'\.\nHINT: test exists, but nothing in it matches/],
  [['run', 'tests/ok.ts'], /no module matches 'tests\/ok\.ts'\.\nHINT: did you mean 'test'\?/],
  [['run', 'test/ok.ts', '--devises', 'x'], /unknown option '--devises'\n\(Did you mean --devices\?\)/],
  [['run', 'test/ok.ts', '--devices', 'device.json'], /found no such file\.\nHINT: did you mean 'devices\.json'\?/],
  [['run', 'test/ok.ts', '--timeout', '5s'], /expected a whole number/],
  [['run', 'test/ok.ts', '--grep', 'nope'], /--grep 'nope' matches no test of 1 module\nHINT: compare it with/],
  [['run', 'test/ok.ts', '--app', 'nope.apk'], /--app nope\.apk: expected an \.apk, found no such file/],
]

describe("beginners' mistakes are reported before anything starts", function () {
  this.timeout(240_000)
  const slug = (name: string): string => name.replaceAll(/\W+/g, '-')
  let project: Project
  /** Message of each module. */
  let stderr: string

  before(async () => {
    const devices = ['alice', 'bob'].map(name => ({ name, driver: 'fake', labels: ['fast'], reset: 'none' }))
    // Nothing waits for what is only needed once modules run.
    const servers = { slow: { command: 'exec sleep 1000', ready: 'never', timeout: 1_000_000 } }
    const page = `import { browser } from '@wdio/globals'\nit('x', async () => {\n  await browser.url('/login')\n})`
    project = new Project({
      'devices.json': { devices, servers },
      'test/ok.ts': `it('x', () => {})`,
      'test/page.ts': page,
    })
    for (const [name, [code]] of Object.entries(modules)) project.write({ [`test/${slug(name)}.ts`]: code })
    for (const [name, [farm]] of Object.entries(farms)) project.write({ [`farms/${slug(name)}.json`]: farm })
    const run = await project.run(['run', 'test'])
    assert.equal(run.exitCode, 2, run.stdout)
    assert.equal(run.stdout, '')
    stderr = run.stderr
  })
  after(() => project.remove())

  for (const [name, [, message]] of Object.entries(modules)) {
    it(`in a module: ${name}`, () => {
      const own = stderr.split('\n\n').filter(text => text.includes(`test/${slug(name)}.ts`))
      assert.match(own.join('\n\n'), message, stderr)
    })
  }

  it('and a module without mistakes has no message', () => assert.doesNotMatch(stderr, /test\/ok\.ts/))

  it('in devices.json', async () => {
    const env = { DISPLAY: undefined, WAYLAND_DISPLAY: undefined }
    await Promise.all(
      Object.entries(farms).map(async ([name, [, message]]) => {
        const file = `farms/${slug(name)}.json`
        const { exitCode, stderr: text } = await project.run(
          ['run', 'test/ok.ts', 'test/page.ts', '--devices', file],
          env,
        )
        assert.equal(exitCode, 2, `${name}: ${text}`)
        assert.match(text, message, name)
        assert.ok(text.includes(file), `${name}: ${text}`)
      }),
    )
  })

  it('on the command line', async () => {
    await Promise.all(
      commands.map(async ([line, message]) => {
        const { exitCode, stderr: text } = await project.run(line)
        assert.equal(exitCode, 2, line.join(' '))
        assert.match(text, message)
      }),
    )
  })
})
