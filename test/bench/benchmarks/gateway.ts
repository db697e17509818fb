import { once } from 'node:events'
import { Agent, request as requestHttp, type IncomingMessage } from 'node:http'
import { fakeDriver } from '../../../drivers/fake/fake-driver.js'
import { deviceEntry, FarmBench } from '../../integration/host/device-bench.js'
import { quantile, summarize, type Benchmark } from '../benchmark.js'

const lease = '1790000000000001'
/** Requests of each way that are not counted. */
const warmUp = 200
const clients = 16

/** One way to the same session, and what requests took on it. Milliseconds. */
interface Way {
  url: string
  headers: Record<string, string>
  times: number[]
}

export const gateway: Benchmark = {
  name: 'gateway',
  what: 'What the gateway adds to a command: the same requests straight to Appium and through the gateway, in turn',

  async measure({ quick }) {
    const requests = quick ? 200 : 2_000
    const agent = new Agent({ keepAlive: true })
    const bench = await FarmBench.start([fakeDriver])
    try {
      const [direct, through] = await twoWays(bench)
      for (let i = -warmUp; i < requests; i++) {
        for (const way of i % 2 === 0 ? [direct, through] : [through, direct]) {
          const ms = await time(agent, way)
          if (i >= 0) way.times.push(ms)
        }
      }
      const added = through.times.map((ms, index) => ms - (direct.times[index] ?? Number.NaN))
      const ofThrough = through.times.toSorted((a, b) => a - b)
      const rates = { direct: await rate(agent, direct, requests), through: await rate(agent, through, requests) }
      return [
        { label: 'added to a command', unit: 'ms', ...middleHalf(added) },
        { label: 'a command through the gateway', unit: 'ms', ...middleHalf(through.times) },
        { label: 'a command through the gateway, one in a hundred', unit: 'ms', value: quantile(ofThrough, 0.99) },
        { label: 'a command straight to Appium', unit: 'ms', ...middleHalf(direct.times) },
        { label: `commands of ${clients} clients through the gateway`, unit: '/s', value: rates.through },
        { label: `commands of ${clients} clients straight to Appium`, unit: '/s', value: rates.direct },
      ]
    } finally {
      agent.destroy()
      await bench.stop()
    }
  },
}

async function twoWays(bench: FarmBench): Promise<[direct: Way, through: Way]> {
  const device = await bench.add(deviceEntry('fake', fakeDriver), fakeDriver)
  const session = await device.sessions.ready()
  bench.gateway.grant('fake', lease)
  const path = `/session/${session.id}/orientation`
  return [
    { url: (await bench.appium.url()) + path, headers: {}, times: [] },
    { url: bench.gateway.url + path, headers: bench.gateway.headersFor(lease, 'fake'), times: [] },
  ]
}

/** The least and the most of thousands of requests say nothing. */
function middleHalf(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  return { ...summarize(times), range: [quantile(sorted, 0.25), quantile(sorted, 0.75)] as const }
}

async function time(agent: Agent, { url, headers }: Way): Promise<number> {
  const start = performance.now()
  const request = requestHttp(url, { agent, headers })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
  return performance.now() - start
}

async function rate(agent: Agent, way: Way, requests: number): Promise<number> {
  const each = Math.ceil(requests / clients)
  const start = performance.now()
  const client = async (): Promise<void> => {
    for (let i = 0; i < each; i++) await time(agent, way)
  }
  await Promise.all(Array.from({ length: clients }, client))
  return Math.round((each * clients * 1_000) / (performance.now() - start))
}
