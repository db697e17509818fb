import assert from 'node:assert/strict'
import { parseRedisUrl, passwordsIn } from '../../../src/device/redis-url.js'

const at = (host: string, more: object = {}): object => ({ target: { host, port: 6379 }, tls: false, db: 0, ...more })

/** URL → what is used, and what may be shown of it. */
const valid: readonly [url: string, shown: string, address: object][] = [
  ['redis://farm', 'redis://farm:6379', at('farm')],
  ['redis://farm:7000/3', 'redis://farm:7000/3', { ...at('farm', { db: 3 }), target: { host: 'farm', port: 7000 } }],
  ['redis://farm/', 'redis://farm:6379', at('farm')],
  ['rediss://farm', 'rediss://farm:6379', at('farm', { tls: true })],
  ['redis://[::1]:6379', 'redis://[::1]:6379', at('::1')],
  ['redis://farm?family=6', 'redis://farm:6379', at('farm', { family: 6 })],
  ['redis://farm?farm=mobile', 'redis://farm:6379', at('farm', { farm: 'mobile' })],
  [
    'redis://one/2?sentinel=main&sentinels=two,three:5000',
    'redis://one:26379/2',
    {
      target: { host: 'one', port: 26_379 },
      tls: false,
      db: 2,
      sentinel: {
        name: 'main',
        sentinels: [
          { host: 'one', port: 26_379 },
          { host: 'two', port: 26_379 },
          { host: 'three', port: 5_000 },
        ],
      },
    },
  ],
  [
    'rediss://farm?ca=/ca.pem&cert=/c.pem&key=/k.pem',
    'rediss://farm:6379',
    at('farm', { tls: true, certificates: { ca: '/ca.pem', cert: '/c.pem', key: '/k.pem' } }),
  ],
  ['redis://:secret@farm', 'redis://farm:6379', at('farm', { password: 'secret' })],
  ['redis://ann:secret@farm', 'redis://farm:6379', at('farm', { username: 'ann', password: 'secret' })],
  ['redis://:se@cr@et@farm', 'redis://farm:6379', at('farm', { password: 'se@cr@et' })],
  ['redis://:se%2Fcr%3At@farm', 'redis://farm:6379', at('farm', { password: 'se/cr:t' })],
  ['redis://:se:cret@farm', 'redis://farm:6379', at('farm', { password: 'se:cret' })],
  ['unix:///run/redis.sock', 'unix:///run/redis.sock', { target: { path: '/run/redis.sock' }, tls: false, db: 0 }],
  ['unix:///a b?c@/d.sock', 'unix:///a b?c@/d.sock', { target: { path: '/a b?c@/d.sock' }, tls: false, db: 0 }],
  [
    'unix://ann:se@cret@/run/r.sock?db=2',
    'unix:///run/r.sock?db=2',
    { target: { path: '/run/r.sock' }, tls: false, db: 2, username: 'ann', password: 'se@cret' },
  ],
]

/** URL → what was expected instead. `hunter` and `two` are parts of a password. */
const invalid: readonly [url: string, expected: RegExp][] = [
  ['', /expected a URL such as/],
  ['farm:6379', /expected a URL such as/],
  ['http://ann:hunter-two@farm', /expected a URL such as/],
  ['redis:ann:hunter-two@farm', /expected a URL such as/],
  ['redis://:hunter-two@', /expected/],
  ['redis://:hunter-two@farm:99999', /port from 1 to 65535/],
  ['redis://:hunter-two@farm:port', /expected a URL such as .* %2F/],
  ['redis://:hunter-two@fa rm', /expected a URL such as/],
  ['redis://:hunter/two@farm', /%2F/],
  ['redis://:hunter#two@farm', /%23/],
  ['redis://:hunter?two@farm', /%3F/],
  ['redis://hunter#two@farm', /%23/],
  ['redis://hunter:12/two@farm', /number of a database/],
  ['redis://hunter?two@farm', /%3F/],
  ['redis://:hunter%two@farm', /%25/],
  ['redis://farm?password=hunter-two', /no parameters but family/],
  ['redis://farm?farm=a%20b', /letters, digits/],
  ['redis://farm?sentinels=two', /expected sentinel=NAME/],
  ['redis://farm?sentinel-password=hunter-two', /sentinel-password with sentinel=NAME/],
  ['redis://farm?sentinel=main&sentinel-user=hunter', /sentinel-password with/],
  ['redis://farm?sentinel=main&sentinels=a:b:c', /sentinels=HOST:PORT/],
  ['redis://farm?ca=/ca.pem', /expected rediss/],
  ['rediss://farm?ca=ca.pem', /absolute paths/],
  ['rediss://farm?cert=/c.pem', /cert and key together/],
  ['redis://farm/x', /number of a database/],
  ['redis://farm/-1', /number of a database/],
  ['redis://farm/1e3', /number of a database/],
  ['redis://farm/1/2', /number of a database/],
  ['redis://farm?family=ipv6', /4 or 6/],
  ['unix://', /absolute path/],
  ['unix://hunter-two', /absolute path/],
  ['unix://:hunter/two@/run/redis.sock', /absolute path/],
  ['unix:///run/redis.sock?db=x', /number of a database/],
]

describe('the URL of a Redis', () => {
  for (const [url, shown, address] of valid) {
    it(`may be ${url}`, () => {
      assert.deepEqual(parseRedisUrl(url), { shown, ...address })
      assert.doesNotMatch(shown, /se.?cr/)
    })
  }

  for (const [url, expected] of invalid) {
    it(`is not '${url}'`, () => {
      const parsed = parseRedisUrl(url)
      assert.ok('problem' in parsed, JSON.stringify(parsed))
      assert.match(parsed.problem, expected)
      assert.doesNotMatch(parsed.problem, /hunter|two/)
    })
  }

  it('has a password as it is, and as it is written', () => {
    assert.deepEqual(passwordsIn('redis://:a%2Fb@farm'), ['a/b', 'a%2Fb'])
    assert.deepEqual(passwordsIn('redis://farm'), [])
    const both = 'redis://:one@farm?sentinel=main&sentinel-user=ann&sentinel-password=a+b'
    assert.deepEqual(passwordsIn(both), ['one', 'one', 'a+b', 'a%2Bb'])
    assert.deepEqual(parseRedisUrl(both), {
      shown: 'redis://farm:26379',
      ...at('farm', { password: 'one', target: { host: 'farm', port: 26_379 } }),
      sentinel: { name: 'main', sentinels: [{ host: 'farm', port: 26_379 }], username: 'ann', password: 'a+b' },
    })
  })
})
