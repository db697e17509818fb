import assert from 'node:assert/strict'
import { hostPortProblem, isLoopback, isWildcard, parseHostPort, urlHost } from '../../../src/device/host-port.js'

describe('HOST:PORT', () => {
  const accepted: Record<string, object> = {
    '10.0.0.5': { host: '10.0.0.5' },
    '10.0.0.5:4700': { host: '10.0.0.5', port: 4700 },
    'lab-1.example': { host: 'lab-1.example' },
    'lab:1': { host: 'lab', port: 1 },
    'lab-1.example.:65535': { host: 'lab-1.example.', port: 65_535 },
    '2001:db8::5': { host: '2001:db8::5' },
    '[2001:db8::5]': { host: '2001:db8::5' },
    '[2001:db8::5]:4700': { host: '2001:db8::5', port: 4700 },
    '127.0.0.1': { host: '127.0.0.1' },
  }
  for (const [text, parts] of Object.entries(accepted)) {
    it(`accepts ${text}`, () => assert.deepEqual(parseHostPort(text), parts))
  }

  const refused: Record<string, RegExp> = {
    '': /expected HOST or HOST:PORT/,
    ' ': /expected HOST or HOST:PORT/,
    'http://lab': /expected HOST or HOST:PORT/,
    'lab/x': /expected HOST or HOST:PORT/,
    '-lab': /expected HOST or HOST:PORT/,
    'lab:': /expected HOST or HOST:PORT/,
    'lab:x': /expected HOST or HOST:PORT/,
    '[lab]:1': /expected HOST or HOST:PORT/,
    '2001:db8::5:4700:1:2:3:4:5': /expected HOST or HOST:PORT/,
    'lab:0': /port from 1 to 65535/,
    'lab:65536': /port from 1 to 65535/,
    '0.0.0.0': /not a wildcard/,
    '::': /not a wildcard/,
    '[::]:80': /not a wildcard/,
    '0:0:0:0:0:0:0:0': /not a wildcard/,
    'fe80::1%eth0': /without a zone/,
    '10.1': /four numbers/,
    '0x7f.1': /four numbers/,
    '10.0.0.500': /four numbers/,
  }
  for (const [text, problem] of Object.entries(refused)) {
    it(`refuses '${text}'`, () => assert.match(hostPortProblem(text) ?? '', problem))
  }

  it('knows wildcards, loopback addresses, and what a URL needs', () => {
    assert.deepEqual(['0.0.0.0', '::', '0::0', '10.0.0.0', 'lab', '::1'].map(isWildcard), [
      true,
      true,
      true,
      false,
      false,
      false,
    ])
    const addresses = [
      '127.0.0.1',
      '127.0.1.1',
      '::1',
      '0:0:0:0:0:0:0:1',
      '::ffff:127.0.0.1',
      '10.0.0.1',
      'fd00::1',
      'lab',
    ]
    assert.deepEqual(addresses.filter(isLoopback), addresses.slice(0, 5))
    assert.deepEqual(['::1', '10.0.0.1', 'lab'].map(urlHost), ['[::1]', '10.0.0.1', 'lab'])
  })
})
