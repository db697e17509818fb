import assert from 'node:assert/strict'
import { OtlpExporter } from '../../src/event/otlp-exporter.js'
import { parseTraceparent, startSpan } from '../../src/event/span.js'
import { OtlpReceiver } from '../e2e/support/otlp-receiver.js'

const spanNamed = (name: string) => ({ ...startSpan(name, undefined, { n: 1, yes: true }), endMs: 0, hasFailed: false })

describe('spans for an OpenTelemetry collector', () => {
  it('are sent in batches, and again if the collector is not ready', async () => {
    await using receiver = await OtlpReceiver.start((response, nth) => {
      response.statusCode = nth === 1 ? 503 : 200
      response.end()
    })
    const problems: string[] = []
    const url = `${receiver.endpoint}/v1/traces`
    const exporter = new OtlpExporter({ url, headers: {}, resource: {}, onProblem: problem => problems.push(problem) })
    const count = 1_200
    for (let i = 0; i < count; i++) exporter.add(spanNamed(`s${i}`))
    while (problems.length === 0) await new Promise(resolve => setImmediate(resolve))
    await exporter.close()
    assert.deepEqual(problems, ['it answered with status 503'])
    const accepted = receiver.spans.slice(500)
    assert.equal(new Set(accepted.map(({ spanId }) => spanId)).size, count)
    assert.equal(receiver.requests.length, 4)
    const { startTimeUnixNano, endTimeUnixNano } = receiver.spans[0] ?? assert.fail()
    assert.equal(startTimeUnixNano, endTimeUnixNano, 'no span ends before it starts')
  })

  it('harm nothing if the collector rejects them, hangs, redirects or floods the answer', async () => {
    for (const [answer, problem] of [
      [400, /status 400/],
      ['hang', /aborted/],
      [307, /redirect/],
      ['flood', undefined],
    ] as const) {
      await using receiver = await OtlpReceiver.start(response => {
        if (typeof answer === 'number') response.writeHead(answer, { location: 'http://127.0.0.1:1' }).end()
        else if (answer === 'flood') {
          const write = (): void =>
            void (response.destroyed || (response.write('x'.repeat(65_536)), setImmediate(write)))
          write()
        }
      })
      const problems: string[] = []
      const url = `${receiver.endpoint}/v1/traces`
      const onProblem = (text: string): void => void problems.push(text)
      const exporter = new OtlpExporter({
        url,
        headers: {},
        resource: {},
        onProblem,
        closeTimeoutMs: answer === 'hang' ? 300 : 60_000,
      })
      for (let i = 0; i < (answer === 'flood' ? 1 : 10_000); i++) exporter.add(spanNamed('s'))
      await exporter.close()
      if (answer === 400) {
        // What was rejected is not sent again.
        await exporter.close()
        const ids = receiver.spans.map(({ spanId }) => spanId)
        assert.ok(receiver.requests.length > 1)
        assert.equal(new Set(ids).size, ids.length)
      }
      if (problem) assert.match(problems[0] ?? 'none', problem)
      else assert.deepEqual(problems, [])
    }
  })

  it('take their trace only from a valid traceparent', () => {
    const valid = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    assert.deepEqual(parseTraceparent(valid), { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) })
    for (const text of ['', `${valid}x`, valid.toUpperCase(), valid.replaceAll('a', '0'), valid.replaceAll('b', '0')]) {
      assert.equal(parseTraceparent(text), undefined, text)
    }
  })
})
