import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { publishActivity } from '../../../src/event/host-activity.js'
import { HostMetrics } from '../../../src/host/metrics/host-metrics.js'
import type { RegisteredDevice } from '../../../src/lease/registry.js'

const device = (name: string, host: string, state: RegisteredDevice['state']): RegisteredDevice => ({
  name,
  host,
  state,
  labels: [],
  driver: 'fake',
  platform: 'fake',
  reason: '',
  since: 0,
})

const busyFarm = {
  hostName: 'lab-1',
  listDevices: async () => [
    device('a', 'lab-1', 'idle'),
    device('b', 'lab-1', 'leased'),
    device('c', 'lab-1', 'leased'),
    device('d', 'lab-2', 'idle'),
  ],
  queueDepths: async () => [{ roles: 2, modules: 7, oldestSeconds: 12 }],
}

const deadFarm = {
  ...busyFarm,
  listDevices: async () => Promise.reject(new Error('no connection')),
}

/** Names in an expression of Prometheus that are Baton's. */
const metricsIn = (text: string): string[] => [...text.matchAll(/\b(?:baton|process)_\w+/g)].map(([name]) => name)

describe('HostMetrics', () => {
  const opened: HostMetrics[] = []
  const open = (farm: ConstructorParameters<typeof HostMetrics>[0]): HostMetrics => {
    const metrics = new HostMetrics(farm)
    opened.push(metrics)
    return metrics
  }
  afterEach(() => {
    for (const metrics of opened.splice(0)) metrics.close()
  })

  it("has the host's devices and the farm's queues at the moment that it is read", async () => {
    const text = await open(busyFarm).text()
    for (const line of [
      'baton_redis_up 1',
      'baton_devices{state="idle"} 1',
      'baton_devices{state="leased"} 2',
      'baton_devices{state="offline"} 0',
      'baton_queue_modules{roles="2"} 7',
      'baton_queue_oldest_seconds{roles="2"} 12',
    ]) {
      assert(text.includes(`\n${line}\n`), line)
    }
  })

  it('begins with zero, so that an alert sees the first failure as an increase', async () => {
    const text = await open(busyFarm).text()
    for (const line of [
      'baton_session_open_seconds_count{ok="false"} 0',
      'baton_recoveries_total{kind="module"} 0',
      'baton_lease_refusals_total{protocol="bidi"} 0',
    ]) {
      assert(text.includes(`\n${line}\n`), line)
    }
  })

  it('shows that the farm does not answer, and no devices of earlier', async () => {
    const text = await open(deadFarm).text()
    assert.match(text, /^baton_redis_up 0$/m)
    assert.doesNotMatch(text, /^baton_devices\{/m)
  })

  it('counts what happens on the host until it is closed', async () => {
    const metrics = open(busyFarm)
    publishActivity('attempt-ended', { verdict: 'passed', roles: 2, seconds: 3 })
    publishActivity('allocated', { roles: 2, seconds: 0.2 })
    publishActivity('session-opened', { device: 'a', seconds: 1, ok: false })
    publishActivity('recovered', { kind: 'appium' })
    publishActivity('lease-refused', { protocol: 'http' })
    publishActivity('redis-called', { script: 'heartbeat', seconds: 0.001, ok: true })
    const text = await metrics.text()
    for (const line of [
      'baton_attempt_seconds_count{verdict="passed",roles="2"} 1',
      'baton_allocation_seconds_count{roles="2"} 1',
      'baton_session_open_seconds_count{ok="false"} 1',
      'baton_recoveries_total{kind="appium"} 1',
      'baton_lease_refusals_total{protocol="http"} 1',
      'baton_redis_seconds_count{ok="true"} 1',
    ]) {
      assert(text.includes(`\n${line}\n`), line)
    }
    metrics.close()
    publishActivity('recovered', { kind: 'appium' })
    assert.doesNotMatch(await metrics.registry.metrics(), /baton_recoveries/)
  })

  describe('is all that is used', () => {
    const names = (): Set<string> => {
      const all = open(busyFarm).registry.getMetricsAsArray()
      return new Set(all.flatMap(({ name }) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]))
    }

    for (const file of ['alerts.yml', 'grafana-dashboard.json']) {
      it(`in deploy/monitoring/${file}`, () => {
        const used = metricsIn(readFileSync(`deploy/monitoring/${file}`, 'utf8'))
        assert(used.length > 5)
        const known = names()
        assert.deepEqual(
          used.filter(name => !known.has(name)),
          [],
        )
      })
    }

    it('in rules that are all tested', () => {
      const alertsIn = (file: string, key: string): Set<string> => {
        const names = readFileSync(`deploy/monitoring/${file}`, 'utf8').matchAll(new RegExp(`${key}: (\\w+)`, 'g'))
        return new Set([...names].map(([, name = '']) => name))
      }
      const rules = alertsIn('alerts.yml', 'alert')
      assert(rules.size > 5)
      assert.deepEqual(alertsIn('alerts.test.yml', 'alertname'), rules)
    })

    it('and described in docs/monitoring.md', () => {
      const rows = readFileSync('docs/monitoring.md', 'utf8').matchAll(/^\| `(baton_\w+)` +\| (\w+)/gm)
      const described = [...rows].map(([, name, type]) => `${name} ${type}`)
      const own = open(busyFarm)
        .registry.getMetricsAsArray()
        .filter(({ name }) => name.startsWith('baton_'))
      assert.deepEqual(new Set(described), new Set(own.map(({ name, type }) => `${name} ${String(type)}`)))
    })
  })
})
