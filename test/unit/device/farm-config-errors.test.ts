import assert from 'node:assert/strict'
import { errorsOf, farm } from './errors-of.js'

const keysOfBrowser =
  'name, driver, labels, baseUrl, waitforTimeout, waitforInterval, connectionRetryTimeout, connectionRetryCount, logLevel, ' +
  'capabilities, appium, reset, video, proxy, emulation, port, headless'

/** What an entry or the top of the file holds → what its one error says. */
const wordings: { title: string; entry?: string; top?: string; problem: string }[] = [
  {
    title: 'an unknown key, with the nearest',
    entry: '"labls": []',
    problem: `BATON_CONFIG_INVALID: devices.json:1:55: device 'alice' has no key 'labls' (known: ${keysOfBrowser}).\nHINT: did you mean 'labels'?`,
  },
  {
    title: "another driver's key",
    entry: '"avd": "x"',
    problem: `BATON_CONFIG_INVALID: devices.json:1:55: device 'alice' has no key 'avd' (known: ${keysOfBrowser}).\nHINT: 'avd' is a key of driver 'phone'; this device has driver 'browser'.`,
  },
  {
    title: 'an unknown key within a key',
    entry: '"appium": { "url": "http://x", "prot": 1 }',
    problem: "BATON_CONFIG_INVALID: devices.json:1:86: 'appium' of device 'alice' has no key 'prot' (known: url).",
  },
  {
    title: 'a port out of range',
    entry: '"port": 70000',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:63: 'port' of device 'alice': expected a whole number from 1 to 65535, found 70000.",
  },
  {
    title: 'a port that is no whole number',
    entry: '"port": 80.5',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:63: 'port' of device 'alice': expected a whole number from 1 to 65535, found 80.5.",
  },
  {
    title: 'a port out of range in a URL',
    entry: '"appium": { "url": "http://x:99999" }',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:74: 'appium.url' of device 'alice': expected a port from 1 to 65535, found \"http://x:99999\".",
  },
  {
    title: 'a bad URL',
    entry: '"baseUrl": "localhost"',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:66: 'baseUrl' of device 'alice': expected a URL such as http://127.0.0.1:4723, found \"localhost\".",
  },
  {
    title: 'a Redis that is none',
    top: '"redis": "http://x"',
    problem:
      'BATON_CONFIG_INVALID: devices.json:1:67: \'redis\': expected a URL such as redis://farm.example:6379, found "http://x".',
  },
  {
    title: 'a Redis with a password, however it is written',
    top: '"redis": "redis:ann:se@cr et/@two@farm"',
    problem:
      'BATON_CONFIG_INVALID: devices.json:1:67: \'redis\': expected a URL such as redis://farm.example:6379, found "redis:…@farm".',
  },
  {
    title: 'a video of what cannot be filmed',
    entry: '"video": "on"',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:64: 'video' of device 'alice': expected 'off' with driver 'browser', which records no video, found \"on\".",
  },
  {
    title: 'videos of devices none of which can be filmed',
    top: '"video": "on"',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:67: 'video': expected 'off' if no device has a driver that records video, found \"on\".",
  },
  {
    title: 'a wrong type',
    entry: '"labels": "tablet"',
    problem: "BATON_CONFIG_INVALID: devices.json:1:65: 'labels' of device 'alice': expected a list, found \"tablet\".",
  },
  {
    title: 'a choice that is none, with the nearest',
    entry: '"logLevel": "warning"',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:67: 'logLevel' of device 'alice': expected one of 'trace', 'debug', 'info', 'warn', 'error', 'silent', found \"warning\".\nHINT: did you mean 'warn'?",
  },
  {
    title: 'a label with a comma',
    entry: '"labels": ["a,b"]',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:66: 'labels[0]' of device 'alice': expected a label: not empty, without commas, line breaks or surrounding spaces, found \"a,b\".",
  },
  {
    title: 'a label that Baton gives itself',
    entry: '"labels": ["x", "name=bob"]',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:71: 'labels[1]' of device 'alice': expected a label of your own: name=, driver=, host=, platform=, model=, udid= are given by Baton, found \"name=bob\".",
  },
  {
    title: 'a reset that the driver does not have',
    entry: '"reset": "reinstall"',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:64: 'reset' of device 'alice': expected one of 'app', 'session', 'none' with driver 'browser', found 'reinstall'.",
  },
  {
    title: 'a reset for all that a driver does not have',
    top: '"reset": "reinstall"',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:67: 'reset': expected one of 'app', 'session', 'none' with driver 'browser', found 'reinstall'.\nHINT: give the devices of driver 'browser' a 'reset' of their own.",
  },
  {
    title: "a driver's own rule",
    entry: '"emulation": { "deviceName": "Pixel 7", "width": 3 }',
    problem:
      'BATON_CONFIG_INVALID: devices.json:1:68: \'emulation\' of device \'alice\': Pixel 7 has a width of its own, found { "deviceName": "Pixel 7", "width": 3 }.',
  },
  {
    title: 'an environment variable that is not set',
    entry: '"capabilities": { "key": "${env:BATON_KYE}" }',
    problem:
      "BATON_ENV_MISSING: devices.json:1:80: environment variable 'BATON_KYE' is not set.\nHINT: did you mean 'BATON_KEY'?",
  },
  {
    title: 'an environment reference without a name',
    entry: '"capabilities": { "key": "${env:}" }',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:80: expected ${env:NAME} with the name of an environment variable, found '${env:}'.",
  },
  {
    title: 'a server that is none',
    entry: '"baseUrl": "${server:caht}/x"',
    top: '"servers": { "chat": { "command": "run", "ready": "/" } }',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:66: 'baseUrl' of device 'alice': no server is named 'caht' (known: chat).\nHINT: did you mean 'chat'?",
  },
  {
    title: 'a server where there are none',
    entry: '"baseUrl": "${server:chat}"',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:66: 'baseUrl' of device 'alice': no server is named 'chat' (there are no 'servers').",
  },
  {
    title: 'a server reference where it is not filled',
    entry: '"capabilities": { "url": "${server:chat}" }',
    top: '"servers": { "chat": { "command": "run", "ready": "/" } }',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:80: 'capabilities.url' of device 'alice': ${server:chat} is known only in 'baseUrl' and in 'env'.",
  },
  {
    title: 'a server that says not when it is ready',
    top: '"servers": { "chat": { "command": "run" } }',
    problem: "BATON_CONFIG_INVALID: devices.json:1:79: 'servers.chat' has no 'ready': expected text, found nothing.",
  },
  {
    title: 'a setting of the environment that is none',
    top: '"env": ["A B"]',
    problem: 'BATON_CONFIG_INVALID: devices.json:1:66: \'env[0]\': expected NAME or NAME=VALUE, found "A B".',
  },
  {
    title: 'a name in the environment that is none',
    top: '"env": { "A B": "x" }',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:67: 'env': expected the name of an environment variable, found 'A B'.",
  },
  {
    title: 'a port of the gateway',
    top: '"gateway": { "port": -1 }',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:79: 'gateway.port': expected a whole number from 0 to 65535, found -1.",
  },
  {
    title: 'an address of the gateway that others cannot reach',
    top: '"gateway": { "advertise": "0.0.0.0" }',
    problem:
      'BATON_CONFIG_INVALID: devices.json:1:84: \'gateway.advertise\': expected an address that other hosts can reach, not a wildcard, found "0.0.0.0".',
  },
  {
    title: 'an empty label to run on',
    top: '"on": "a,,b"',
    problem:
      'BATON_CONFIG_INVALID: devices.json:1:64: \'on\': expected a label: not empty, without commas, line breaks or surrounding spaces, found "a,,b".',
  },
  {
    title: 'a key that is there twice',
    entry: '"port": 1, "port": 2',
    problem:
      "BATON_CONFIG_INVALID: devices.json:1:66: key 'port' is already at devices.json:1:55.\nHINT: remove one of them.",
  },
]

describe('errors of devices.json', () => {
  for (const { title, entry = '', top = '', problem } of wordings) {
    it(`reports ${title}`, () => {
      assert.deepEqual(errorsOf(farm(entry, top), { BATON_KEY: 'x' }), [problem])
    })
  }

  it('reports an unknown key at the top', () => {
    const [problem, more] = errorsOf('{ "devises": [], "devices": [{ "name": "a", "driver": "phone" }] }')
    assert.match(
      problem ?? '',
      /^BATON_CONFIG_INVALID: devices\.json:1:3: the farm has no key 'devises' \(known: \$schema, devices, /,
    )
    assert.match(problem ?? '', /\nHINT: did you mean 'devices'\?$/)
    assert.equal(more, undefined)
  })

  it('refuses __proto__ as it does any unknown key', () => {
    const [problem] = errorsOf(farm('', '"__proto__": { "redis": "redis://x" }'))
    assert.match(problem ?? '', /the farm has no key '__proto__'/)
  })

  const notJson: [text: string, problem: string][] = [
    ['', '1:1: not JSON: expected a value, found the end of the file.'],
    ['{\n  "devices": [', "2:15: not JSON: expected ']', found the end of the file."],
    ['{\n  "a": 1\n  "b": 2 }', "3:3: not JSON: expected ',' or the end of the list or object, found \"b."],
    [
      '{ devices: [] }',
      '1:3: not JSON: expected a key or text in double quotes, a number, true, false, null, found devices.',
    ],
    ['{ "a": 1 }}', '1:11: not JSON: expected the end of the file, found }.'],
    ['{ "a": "x\n" }', '1:8: not JSON: expected \'"\' at the end of a text, found "x.'],
  ]
  for (const [text, problem] of notJson) {
    it(`explains what is not JSON: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(errorsOf(text), [`BATON_CONFIG_INVALID: devices.json:${problem}`])
    })
  }

  it('reports an empty list and a file that is a list', () => {
    assert.deepEqual(errorsOf('{ "devices": [] }'), [
      "BATON_CONFIG_INVALID: devices.json:1:14: 'devices': expected a list of at least 1, found [].",
    ])
    assert.deepEqual(errorsOf('[]'), [
      'BATON_CONFIG_INVALID: devices.json:1:1: the farm: expected an object, found [].',
    ])
    assert.deepEqual(errorsOf('{}'), [
      "BATON_CONFIG_INVALID: devices.json:1:1: the farm has no 'devices': expected a list of at least 1, found nothing.",
    ])
  })

  it('explains an unknown driver and a missing one', () => {
    assert.deepEqual(errorsOf('{ "devices": [{ "name": "a", "driver": "fone" }, { "name": "b" }, 7] }'), [
      "BATON_CONFIG_INVALID: devices.json:1:40: 'driver' of device 'a': no driver is named \"fone\" (known: browser, phone).\nHINT: did you mean 'phone'?",
      "BATON_CONFIG_INVALID: devices.json:1:50: device 'b' has no 'driver': expected text, found nothing.",
      'BATON_CONFIG_INVALID: devices.json:1:67: devices[2]: expected an object, found 7.',
    ])
  })

  it('refuses names that would break paths and selectors', () => {
    for (const name of ['', '.', '..', 'a/b', 'a b', 'a,b', '-x', 'é', 'x'.repeat(64)]) {
      const [problem] = errorsOf(`{ "devices": [{ "name": ${JSON.stringify(name)}, "driver": "phone" }] }`)
      assert.match(problem ?? '', /^BATON_CONFIG_INVALID: devices\.json:1:25: 'name' of device .*: expected a name: /)
    }
  })

  it('names both places of a repeated name, ignoring case', () => {
    const text =
      '{ "devices": [\n{ "name": "bob", "driver": "phone" },\n{ "name": "Bob", "driver": "phone", "labels": 1 }] }'
    assert.deepEqual(errorsOf(text), [
      "BATON_CONFIG_INVALID: devices.json:3:11: 'name' of device 'Bob': \"Bob\" is already taken at devices.json:2:11.\nHINT: give each device a unique name; case does not count.",
      "BATON_CONFIG_INVALID: devices.json:3:47: 'labels' of device 'Bob': expected a list, found 1.",
    ])
  })

  it('names both places of a repeated udid', () => {
    const text =
      '{ "devices": [\n{ "name": "a", "driver": "phone", "udid": "R5" },\n{ "name": "b", "driver": "phone", "udid": "R5" }] }'
    assert.deepEqual(errorsOf(text), [
      "BATON_CONFIG_INVALID: devices.json:3:43: 'udid' of device 'b': \"R5\" is already taken at devices.json:2:43.\nHINT: remove one of the entries, or correct its udid.",
    ])
  })

  it('reports a reset for all once for each driver', () => {
    const errors = errorsOf(
      '{ "reset": "app", "devices": [{ "name": "a", "driver": "phone" }, { "name": "b", "driver": "phone" }, { "name": "c", "driver": "browser" }] }',
    )
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', /with driver 'phone'/)
  })

  it('reports all errors at once, in the order of the file', () => {
    const text = `{
      "redis": "x",
      "devices": [
        { "name": "a", "driver": "browser", "port": 0, "labls": [], "appium": { "url": "\${env:NOPE}" } },
        { "name": "a", "driver": "nope" }
      ],
      "env": ["A B", 3]
    }`
    const places = errorsOf(text).map(problem => /devices\.json:(\d+):/.exec(problem)?.[1])
    assert.deepEqual(places, ['2', '4', '4', '4', '5', '5', '7', '7'])
  })
})
