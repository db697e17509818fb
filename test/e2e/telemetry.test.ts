import assert from 'node:assert/strict'
import { fakeFarm } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'
import { OtlpReceiver, textOf, type ReceivedSpan } from './support/otlp-receiver.js'
import { SharedFarm } from './support/shared-farm.js'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const both = `import { browser } from '@wdio/globals'
  import { useDevice } from 'baton'
  it('uses both', async () => {
    await useDevice('alice'); await browser.getPageSource()
    await useDevice('bob'); await browser.getPageSource()
  })`

describe('traces for OpenTelemetry', () => {
  it('have a run with its modules, roles and sessions on all hosts; a collector that fails changes nothing', async () => {
    await using receiver = await OtlpReceiver.start()
    await using farm = await SharedFarm.start({
      'both.ts': both,
      'fails.ts': `it('fails', () => { throw new Error() })`,
    })
    const { project } = farm
    const redis = ['--redis', `unix://${farm.server.socket}`]
    const traced = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_TIMEOUT: '60000',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hidden-token',
    }
    const startHost = async (name: string, device: string) => {
      project.write({ [`${name}.json`]: fakeFarm(device) })
      const host = project.start(['host', ...redis, '--name', name, '--devices', `${name}.json`], traced)
      await host.line('baton host: ready')
      return host
    }
    const hosts = await Promise.all([startHost('h1', 'alice'), startHost('h2', 'bob')])
    const run = async (...args: string[]) =>
      project.start(['run', ...args, ...redis, '--json'], { ...traced, ...more }).done
    let more: Record<string, string> = { TRACEPARENT: `00-${traceId}-b7ad6b7169203331-01` }
    const outcome = new RunOutcome(await run('both.ts', 'fails.ts'))
    assert.equal(outcome.result.exitCode, 1, outcome.result.stderr)

    // Nobody listens there, or nobody answers.
    await using silent = await OtlpReceiver.start(() => {})
    for (const OTEL_EXPORTER_OTLP_ENDPOINT of ['http://127.0.0.1:1', silent.endpoint]) {
      more = { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TIMEOUT: '500' }
      const { exitCode, stderr } = await run('both.ts')
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, /baton: traces could not be sent to 127\.0\.0\.1:\d+: .*; expected a collector/)
      assert.doesNotMatch(stderr, /hidden-token/)
    }
    // It may give up before it is connected; it does not repeat the request.
    assert.ok(silent.requests.length <= 1)

    for (const host of hosts) host.child.kill('SIGTERM')
    for (const { exitCode } of await Promise.all(hosts.map(async host => host.done))) assert.equal(exitCode, 0)
    assert.ok(
      receiver.requests.every(
        ({ headers, url }) => headers.authorization === 'Bearer hidden-token' && url === '/v1/traces',
      ),
    )
    const own = receiver.spans.filter(span => span.traceId === traceId)
    const tree = (parent: string | undefined): string[] =>
      own
        .filter(span => span.parentSpanId === parent)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap(span => [describeSpan(span), ...tree(span.spanId).map(line => `  ${line}`)])
    assert.deepEqual(tree('b7ad6b7169203331'), [
      'run (baton) failed',
      '  module both.ts (baton-host)',
      '    role alice (baton-host) on alice',
      '      session (baton-host) on alice',
      '    role bob (baton-host) on bob',
      '      session (baton-host) on bob',
      '  module fails.ts (baton-host) failed',
      ...devicesOf(own, 'fails.ts'),
    ])
    for (const { startTimeUnixNano, endTimeUnixNano } of own)
      assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano))
    // Those of the runs whose own process could not send its span.
    assert.equal(receiver.named('module both.ts').length, 3)
    assert.equal(receiver.named('run').length, 1)
  })
})

function describeSpan({ name, service, attributes, status }: ReceivedSpan): string {
  const device = textOf(attributes, 'baton.device')
  return `${name} (${service})${device === undefined ? '' : ` on ${device}`}${status.code === 2 ? ' failed' : ''}`
}

/** It takes any device. */
function devicesOf(spans: readonly ReceivedSpan[], file: string): string[] {
  const module = spans.find(({ name }) => name === `module ${file}`)
  const role = spans.find(({ parentSpanId }) => parentSpanId === module?.spanId) ?? assert.fail('no role')
  const device = textOf(role.attributes, 'baton.device')
  return [`    ${role.name} (baton-host) on ${device} failed`, `      session (baton-host) on ${device}`]
}
