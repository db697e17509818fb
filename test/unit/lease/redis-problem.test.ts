import assert from 'node:assert/strict'
import { parseRedisUrl, type RedisAddress } from '../../../src/device/redis-url.js'
import { redisProblem } from '../../../src/lease/redis-problem.js'

/** What Redis, Node or ioredis report → what is said, and what to do. */
const table: readonly [url: string, error: string | Error, said: RegExp, hint: RegExp][] = [
  ['redis://farm', 'NOAUTH Authentication required.', /needs a password: NOAUTH/, /BATON_REDIS_URL/],
  [
    'redis://:pass-word@farm',
    'WRONGPASS invalid username-password pair or user is disabled.',
    /rejects the user/,
    /%40/,
  ],
  ['redis://:pass-word@farm', 'ERR invalid password', /rejects the user/, /check both/],
  [
    'redis://a:pass-word@farm',
    "NOPERM this user has no permissions to run the 'evalsha' command",
    /rights/,
    /~\{baton\*/,
  ],
  ['redis://farm/99', 'ERR DB index is out of range', /redis:\/\/farm:6379\/99 does not have that database/, /0 to 15/],
  ['redis://farm/1', 'ERR SELECT is not allowed in cluster mode', /cluster/, /single Redis/],
  ['redis://farm', 'MOVED 3999 127.0.0.1:6381', /cluster/, /single Redis/],
  ['redis://farm', '-DENIED Redis is running in protected mode because …', /protected mode/, /requirepass/],
  ['redis://farm', "READONLY You can't write against a read only replica.", /replica/, /primary/],
  ['redis://farm', 'ERR max number of clients reached', /no connections left/, /maxclients/],
  ['redis://farm', 'Protocol error, got "\u0015" as reply type byte', /does not answer as a Redis/, /rediss:/],
  ['rediss://farm', failure('wrong version number', 'ERR_SSL_WRONG_VERSION_NUMBER'), /not answer over TLS/, /redis:/],
  ['rediss://farm', failure('read ECONNRESET', 'ECONNRESET'), /not answer over TLS/, /redis:/],
  ['rediss://farm', failure('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), /certificate/, /NODE_EXTRA_CA/],
  ['redis://farm', failure('connect ECONNREFUSED 10.0.0.1:6379', 'ECONNREFUSED'), /cannot be reached/, /running there/],
  [
    'redis://farm',
    failure('getaddrinfo ENOTFOUND farm', 'ENOTFOUND'),
    /cannot be reached: getaddrinfo/,
    /running there/,
  ],
  [
    'rediss://tls.concert',
    failure('getaddrinfo ENOTFOUND tls.concert', 'ENOTFOUND'),
    /cannot be reached: getaddrinfo ENOTFOUND tls\.concert/,
    /running there/,
  ],
  [
    'redis://:pass-word@farm',
    "ERR unknown command 'AUTH', with args beginning with: 'pass-word'",
    /unknown command 'AUTH'\.$/,
    /running there/,
  ],
  ['redis://:pass-word@farm', 'something about pass-word', /about \*\*\*/, /running there/],
]

describe('a Redis that cannot be used', () => {
  for (const [url, error, said, hint] of table) {
    const cause = typeof error === 'string' ? new Error(error) : error
    it(`is explained: ${cause.message}`, () => {
      const found = redisProblem(parseRedisUrl(url) as RedisAddress, cause)
      assert.equal(found.code, 'BATON_REDIS')
      assert.match(found.message, said)
      assert.match(found.hint ?? '', hint)
      assert.doesNotMatch(found.format(), /pass-word/)
    })
  }
})

function failure(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}
