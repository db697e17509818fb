import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AllocationLoop } from '../../../src/host/allocation/allocation-loop.js'
import { FarmSecret } from '../../../src/lease/farm-secret.js'
import { forgetRun } from '../../../src/lease/forget-run.js'
import { runStreamKey } from '../../../src/lease/protocol/keys.js'
import { minimalAcl } from '../../../src/lease/redis-problem.js'
import { addModules } from '../../../src/queue/add-modules.js'
import { followResults } from '../../../src/queue/follow-results.js'
import { device, jobOf } from '../../support/allocation-farm.js'
import { connectFarm } from '../../../src/run/farm-connection.js'
import { connectRedis, openRedis } from '../../../src/lease/open-redis.js'
import { freePort } from '../../../src/process/free-port.js'

const password = 'p@ss/w#rd?%'
const encoded = encodeURIComponent(password)

describe("the access to a farm's Redis", () => {
  let folder: string
  let server: ChildProcess
  let plain: number
  let tls: number
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'baton-access-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost']
    execFileSync('openssl', ['req', ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    ;[plain, tls] = [await freePort(), await freePort()]
    const ports = ['--port', `${plain}`, '--tls-port', `${tls}`, '--unixsocket', join(folder, 'redis.sock')]
    const secure = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
    const options = ['--tls-auth-clients', 'no', '--requirepass', password, '--save', '', '--dir', folder]
    server = spawn('redis-server', [...ports, ...secure, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const text of server.stdout ?? []) if (String(text).includes('eady to accept')) break
    const redis = openRedis(`redis://:${encoded}@127.0.0.1:${plain}`)
    const user = [`>${password}`, '~{baton}*', '&*']
    await redis.call('ACL', 'SETUSER', 'farmer', 'on', ...user, '+@all')
    const ofOneFarm = minimalAcl.replace('~{baton*', '~{baton-small}*')
    assert.notEqual(ofOneFarm, minimalAcl)
    await redis.call('ACL', 'SETUSER', 'minimal', 'on', `>${password}`, ...minimalAcl.split(' '))
    await redis.call('ACL', 'SETUSER', 'small', 'on', `>${password}`, ...ofOneFarm.split(' '))
    await redis.call('ACL', 'SETUSER', 'reader', 'on', ...user, '+@read', '+info')
    redis.disconnect()
  })
  after(async () => {
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true })
  })

  /** `PLAIN`, `TLS` and `FOLDER` stand for where it is, `SECRET` for the password. */
  const urlOf = (text: string): string =>
    text
      .replace('PLAIN', `127.0.0.1:${plain}`)
      .replace('TLS', `localhost:${tls}`)
      .replace('FOLDER', folder)
      .replace('SECRET', encoded)

  for (const url of [
    'redis://:SECRET@PLAIN',
    'redis://farmer:SECRET@PLAIN',
    'redis://minimal:SECRET@PLAIN?farm=third',
    'unix://farmer:SECRET@FOLDER/redis.sock',
    'rediss://:SECRET@TLS?ca=FOLDER/cert.pem',
    'redis://:SECRET@PLAIN?farm=second',
  ]) {
    it(`can be used: ${url}`, async () => {
      const farm = await connectFarm(urlOf(url), 'run')
      try {
        assert.deepEqual(await farm.registry.listDevices(), [])
      } finally {
        farm.close()
      }
    })
  }

  it('serves a run with the smallest rights that are documented, for one farm and no other', async () => {
    const url = urlOf('redis://small:SECRET@PLAIN?farm=small')
    for (const other of ['', '?farm=smaller', '?farm=smal']) {
      const elsewhere = urlOf(`redis://small:SECRET@PLAIN${other}`)
      await assert.rejects(connectFarm(elsewhere, 'run'), { code: 'BATON_REDIS', message: /NOPERM/ })
    }
    const farm = await connectFarm(url, 'run')
    const { redis, runs, prefix } = farm
    const errors: unknown[] = []
    const host = new AllocationLoop({
      redis: () => openRedis(url),
      prefix,
      host: 'h1',
      gatewayUrl: 'http://h1',
      devices: [device('a1')],
      farmSecret: new FarmSecret(),
      runAttempt: async ({ attempt }) => ({ verdict: attempt === 1 ? 'failed' : 'passed', reusable: [] }),
      check: async () => ({ state: 'idle' }),
      onReplaced: () => {},
      onError: error => errors.push(error),
    })
    await host.start()
    await runs.open('r')
    const queue = await runs.registerNeeds('r', { a: '' })
    await addModules(redis, prefix, queue, [jobOf('r', { id: 'm', needs: {} })], { retries: 1 })
    await runs.schedule([queue])
    const stream = { redis: openRedis(url), prefix, runStream: runStreamKey(prefix, 'r'), queues: [queue] }
    for await (const update of followResults(stream)) {
      if (update.kind !== 'result') continue
      assert.equal(update.result.verdict, 'flaky')
      break
    }
    await forgetRun(runs, 'r')
    await host.stop()
    farm.close()
    assert.deepEqual(errors, [])
  })

  it('is not waited for over TLS where it has none', async () => {
    const url = urlOf('rediss://:SECRET@PLAIN')
    await assert.rejects(connectRedis(openRedis(url), url, 300), {
      code: 'BATON_REDIS',
      message: `Redis at rediss://127.0.0.1:${plain} does not answer over TLS: no answer within 300 ms.`,
    })
  })

  it('has other data in another database', async () => {
    const [zero, nine] = [openRedis(urlOf('redis://:SECRET@PLAIN')), openRedis(urlOf('redis://:SECRET@PLAIN/9'))]
    await zero.set('in-0', '1')
    assert.equal(await nine.exists('in-0'), 0)
    zero.disconnect()
    nine.disconnect()
  })

  const refused: readonly [url: string, message: RegExp, hint: RegExp][] = [
    ['redis://PLAIN', /needs a password: NOAUTH/, /BATON_REDIS_URL/],
    ['rediss://TLS', /certificate/, /NODE_EXTRA_CA_CERTS/],
    ['redis://:wr%2Fong-one@PLAIN', /rejects the user or the password: WRONGPASS/, /%2F/],
    ['redis://nobody:SECRET@PLAIN', /rejects the user or the password: WRONGPASS/, /%2F/],
    ['redis://reader:SECRET@PLAIN', /NOPERM/, /rights|ACL/],
    ['redis://:SECRET@PLAIN/16', /\/16 does not have that database/, /0 to 15/],
    ['redis://:SECRET@PLAIN/99', /\/99 does not have that database/, /0 to 15/],
    ['unix://:SECRET@FOLDER/redis.sock?db=99', /does not have that database/, /0 to 15/],
    ['unix://:SECRET@FOLDER/nothing.sock', /cannot be reached: connect ENOENT/, /running there/],
    ['redis://:SECRET@TLS', /cannot be reached|does not answer as a Redis/, /running there|rediss:/],
  ]
  for (const [url, message, hint] of refused) {
    it(`can't be used: ${url}`, async () => {
      await assert.rejects(connectFarm(urlOf(url), 'run'), (error: Error & { code: string; hint: string }) => {
        assert.equal(error.code, 'BATON_REDIS', error.stack)
        assert.match(error.message, message)
        assert.match(error.hint, hint)
        for (const secret of [password, encoded, 'wr/ong-one', 'wr%2Fong-one'])
          assert.ok(!`${error.message}${error.hint}`.includes(secret), error.message)
        return true
      })
    })
  }
})
