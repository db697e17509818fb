import assert from 'node:assert/strict'
import { freePort } from '../../src/process/free-port.js'
import { fakeFarm } from './baton-cli.js'
import { SharedFarm } from './support/shared-farm.js'

/** Holds both devices until its run is stopped. */
const slow = `
  import { useDevice } from 'baton'
  it('is slow', async () => {
    await useDevice('alice')
    await useDevice('bob')
    await new Promise(resolve => setTimeout(resolve, 30_000))
  })`

describe('the metrics of a host', () => {
  let farm: SharedFarm
  let base: string
  before(async () => {
    farm = await SharedFarm.start({
      'm/two.ts': `
        import { useDevice } from 'baton'
        it('passes', async () => { await useDevice('alice'); await useDevice('bob') })`,
      'm/slow-1.ts': slow,
      'm/slow-2.ts': slow,
    })
    farm.project.write({ 'devices.json': fakeFarm('alice', 'bob') })
  })
  after(async () => farm[Symbol.asyncDispose]())

  const page = async (path: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${base}${path}`)
    return { status: response.status, text: await response.text() }
  }
  const value = async (metric: string): Promise<number> => {
    const { text } = await page('/metrics')
    const line = text.split('\n').find(each => each.startsWith(`${metric} `))
    return Number(line?.slice(metric.length + 1))
  }

  it('show whether it is ready, what waits, what ran and what was refused', async () => {
    const redis = `unix://${farm.server.socket}`
    const port = String(await freePort())
    base = `http://127.0.0.1:${port}`
    const host = farm.project.start(['host', '--redis', redis, '--name', 'lab', '--metrics-port', port])
    await host.line('baton host: ready')
    assert.deepEqual(await page('/healthz'), { status: 200, text: 'ok\n' })
    assert.deepEqual(await page('/readyz'), { status: 200, text: 'ok\n' })
    assert.equal((await page('/')).status, 404)

    const passed = await farm.run('m/two.ts').done
    assert.equal(passed.exitCode, 0, passed.stdout)
    assert.equal(await value('baton_attempt_seconds_count{verdict="passed",roles="2"}'), 1)
    assert.equal(await value('baton_allocation_seconds_count{roles="2"}'), 1)
    assert((await value('baton_session_open_seconds_count{ok="true"}')) >= 2)
    assert((await value('baton_redis_seconds_count{ok="true"}')) > 5)
    assert.equal(await value('baton_queue_modules{roles="2"}'), Number.NaN)

    const waiting = farm.run('m/slow-1.ts', 'm/slow-2.ts')
    await farm.until(async () => (await value('baton_queue_modules{roles="2"}')) === 1, 'a module waits')
    assert((await value('baton_queue_oldest_seconds{roles="2"}')) >= 0)
    waiting.child.kill('SIGINT')
    await waiting.done

    const gateway = await farm.redis.hget('{baton}:host:lab', 'gateway')
    await fetch(`${gateway}/session/x/url`, { headers: { authorization: 'Bearer x' } })
    assert.equal(await value('baton_lease_refusals_total{protocol="http"}'), 1)

    process.kill(farm.server.pid, 'SIGSTOP')
    const unready = await page('/readyz')
    assert.deepEqual(unready, { status: 503, text: 'Redis does not answer\n' })
    assert.equal(await value('baton_redis_up'), 0)
    process.kill(farm.server.pid, 'SIGCONT')
    await farm.until(async () => (await page('/readyz')).status === 200, 'the host is ready again')
    host.child.kill('SIGTERM')
    await host.done
    await assert.rejects(fetch(`${base}/healthz`))
  })
})
