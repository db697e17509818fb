import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRedis, connectRedis } from '../../../src/lease/open-redis.js'
import { minimalAcl } from '../../../src/lease/redis-problem.js'
import { freePort } from '../../../src/process/free-port.js'
import { AllocationFarm, device } from '../../support/allocation-farm.js'
import { executeModules } from '../../support/execute-modules.js'
import { eventually } from '../process/alive.js'

describe('a Redis that Sentinel watches', () => {
  let folder: string
  const servers: ChildProcess[] = []
  const start = async (...args: string[]): Promise<ChildProcess> => {
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: folder })
    servers.push(server)
    for await (const text of server.stdout) if (/eady to accept|Sentinel ID is/.test(String(text))) break
    server.stdout.resume()
    return server
  }
  before(() => (folder = mkdtempSync(join(tmpdir(), 'baton-sentinel-'))))
  after(async () => {
    const ended = servers.map(async server => {
      if (server.exitCode !== null || server.signalCode !== null) return
      const exited = once(server, 'exit')
      server.kill('SIGKILL')
      await exited
    })
    await Promise.all(ended)
    rmSync(folder, { recursive: true })
  })

  it('is found, also after another one took over, and a run goes on, also after more than six seconds', async () => {
    const [primary, replica, sentinel] = [await freePort(), await freePort(), await freePort()]
    const stored = (name: string): string[] => ['--save', '', '--dbfilename', `${name}.rdb`]
    const first = await start('--port', `${primary}`, ...stored('a'))
    await start('--port', `${replica}`, '--replicaof', `127.0.0.1 ${primary}`, ...stored('b'))
    const config = join(folder, 'sentinel.conf')
    const rules = [`monitor farm 127.0.0.1 ${primary} 1`, 'down-after-milliseconds farm 6000']
    writeFileSync(config, [`port ${sentinel}`, ...rules.map(rule => `sentinel ${rule}`)].join('\n'))
    await start(config, '--sentinel')
    const url = `redis://127.0.0.1:${sentinel}?sentinel=farm`
    await using farm = await AllocationFarm.start()
    const redis = openRedis(url)
    await connectRedis(redis, url)
    assert.equal(redis.stream && 'remotePort' in redis.stream && redis.stream.remotePort, primary)
    let attempts = 0
    const loop = await farm.host('h1', [device('a1')], {
      redis: () => openRedis(url),
      runAttempt: async () => {
        if ((attempts += 1) === 2) {
          await redis.set('{baton}:before', '1')
          assert.equal(await redis.call('WAIT', '1', '30000'), 1, 'the replica has everything')
          first.kill('SIGKILL')
        }
        return { verdict: 'passed', reusable: ['a1'] }
      },
    })
    const watch = openRedis(`redis://127.0.0.1:${sentinel}`)
    await eventually('the replica is known', async () =>
      String(await watch.call('SENTINEL', 'replicas', 'farm')).includes('ok'),
    )
    const { outcome, ends } = await executeModules(url, ['m1', 'm2', 'm3'])
    assert.deepEqual(outcome, { verdicts: new Map(['m1', 'm2', 'm3'].map(name => [name, 'passed'])) })
    assert.deepEqual(ends, { m1: 1, m2: 1, m3: 1 })
    await redis.set('{baton}:written', '1')
    assert.equal(redis.stream && 'remotePort' in redis.stream && redis.stream.remotePort, replica)
    const state = '{baton}:device:a1'
    await eventually('the host serves again', async () => (await redis.hget(state, 'state')) === 'idle')
    await loop.stop()
    for (const each of [redis, watch]) each.disconnect()
  })

  it('may need TLS, certificates of clients, and users of Redis and of Sentinel', async () => {
    const certificates = makeCertificates(folder)
    const [primary, sentinel] = [await freePort(), await freePort()]
    const { ca, server, client, foreign } = certificates
    const tls = [
      'port 0',
      `dir ${folder}`,
      ...[`ca-cert-file ${ca}`, `cert-file ${server.cert}`, `key-file ${server.key}`].map(line => `tls-${line}`),
      'tls-auth-clients yes',
      'user default off',
    ]
    const config = (name: string, lines: readonly string[]): string => {
      writeFileSync(join(folder, name), [...tls, ...lines].join('\n'))
      return join(folder, name)
    }
    const users = [`user watcher on >watch-word ~* &* +@all`, `user baton on >farm-word ${minimalAcl}`]
    await start(config('redis.conf', [`tls-port ${primary}`, 'save ""', ...users]))
    const watched = [`monitor farm 127.0.0.1 ${primary} 1`, 'auth-user farm watcher', 'auth-pass farm watch-word']
    const rights = '-@all +sentinel|get-master-addr-by-name +sentinel|sentinels +@connection +info +role'
    const access = [`user reader on >p+q/wor+d ${rights}`, `tls-port ${sentinel}`, 'tls-replication yes']
    await start(config('tls-sentinel.conf', [...access, ...watched.map(rule => `sentinel ${rule}`)]), '--sentinel')

    const own = `ca=${ca}&cert=${client.cert}&key=${client.key}`
    const at = `rediss://baton:farm-word@localhost:${sentinel}?sentinel=farm`
    const url = `${at}&sentinel-user=reader&sentinel-password=p%2Bq/wor+d&${own}`
    await using farm = await AllocationFarm.start()
    const loop = await farm.host('h1', [device('a1')], { redis: () => openRedis(url) })
    const { outcome } = await executeModules(url, ['m1'])
    assert.deepEqual(outcome, { verdicts: new Map([['m1', 'passed']]) })
    await loop.stop()

    const direct = `rediss://baton:farm-word@localhost:${primary}`
    const refused: readonly [url: string, message: RegExp, hint: RegExp][] = [
      [`${at}&${own}`, /^The Sentinel of Redis at \S+ needs a password: NOAUTH/, /sentinel-password=/],
      [`${at}&sentinel-user=reader&sentinel-password=wrong-word&${own}`, /^The Sentinel .* WRONGPASS/, /%2F/],
      [url.replace('sentinel=farm', 'sentinel=barn'), /is unknown to the Sentinel/, /sentinel=NAME/],
      [`${direct}?ca=${ca}`, /asks for a certificate of this machine|does not answer over TLS/, /&cert=\/FILE&key=/],
      [
        `${direct}?ca=${ca}&cert=${foreign.cert}&key=${foreign.key}`,
        /rejects the certificate|over TLS/,
        /signed|cert=/,
      ],
      [`${direct}?ca=${ca}&cert=${client.cert}&key=${server.key}`, /key values mismatch/, /belong together/],
      [`${direct}?ca=${foreign.cert}&cert=${client.cert}&key=${client.key}`, /does not trust/, /\?ca=/],
    ]
    for (const [each, message, hint] of refused) {
      await assert.rejects(
        connectRedis(openRedis(each), each, 5_000),
        (error: Error & { code: string; hint: string }) => {
          assert.equal(error.code, 'BATON_REDIS')
          assert.match(error.message, message)
          assert.match(error.hint, hint)
          assert.doesNotMatch(`${error.message}${error.hint}`, /\w+-word/)
          return true
        },
      )
    }
  })
})

interface KeyPair {
  cert: string
  key: string
}

/** A CA, certificates of it for a server and a client, and one that another CA has signed: its own. */
function makeCertificates(folder: string): { ca: string; server: KeyPair; client: KeyPair; foreign: KeyPair } {
  const at = (name: string): string => join(folder, name)
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })
  const pairOf = (name: string): KeyPair => ({ cert: at(`${name}.pem`), key: at(`${name}.key`) })
  const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '1']
  for (const name of ['ca', 'foreign']) {
    openssl('req', '-x509', ...newKey, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`))
  }
  writeFileSync(at('names.txt'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  for (const name of ['server', 'client']) {
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`))
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names.txt']
    openssl('x509', '-req', '-in', `${name}.csr`, ...authority, '-out', `${name}.pem`)
  }
  return { ca: at('ca.pem'), server: pairOf('server'), client: pairOf('client'), foreign: pairOf('foreign') }
}
