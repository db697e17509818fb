/**
 * What the gateway adds to a command: the same requests straight to Appium and through the gateway, alternating, in one
 * run. Prints one line of JSON; times in milliseconds. `node dist/test/bench/gateway.js [requests]`
 */
import { once } from 'node:events'
import { Agent, request as requestHttp, type IncomingMessage } from 'node:http'
import { fakeDriver } from '../../drivers/fake/fake-driver.js'
import { deviceEntry, FarmBench } from '../integration/host/device-bench.js'

const requests = Number(process.argv[2] ?? 2000)
const lease = '1790000000000001'
const agent = new Agent({ keepAlive: true })

const bench = await FarmBench.start([fakeDriver])
const device = await bench.add(deviceEntry('fake', fakeDriver), fakeDriver)
const session = await device.keeper.ready()
bench.gateway.grant('fake', lease)
const path = `/session/${session.id}/orientation`
const direct = { url: (await bench.appium.url()) + path, headers: {}, times: [] as number[] }
const through = { url: bench.gateway.url + path, headers: bench.gateway.headersFor(lease), times: [] as number[] }

for (let i = -200; i < requests; i++) {
  for (const way of i % 2 === 0 ? [direct, through] : [through, direct]) {
    const ms = await time(way.url, way.headers)
    if (i >= 0) way.times.push(ms)
  }
}
const sequential = { direct: quantiles(direct.times), through: quantiles(through.times) }
const parallel = { direct: await rate(direct), through: await rate(through) }
const addedP50 = Math.round((sequential.through.p50 - sequential.direct.p50) * 1000) / 1000
process.stdout.write(
  `${JSON.stringify({ bench: 'gateway', requests, addedP50, sequential, requestsPerSecondOf16: parallel })}\n`,
)
agent.destroy()
await bench.stop()

async function time(url: string, headers: Record<string, string>): Promise<number> {
  const start = performance.now()
  const request = requestHttp(url, { agent, headers })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
  return performance.now() - start
}

async function rate({ url, headers }: { url: string; headers: Record<string, string> }): Promise<number> {
  const each = Math.ceil(requests / 16)
  const start = performance.now()
  const client = async () => {
    for (let i = 0; i < each; i++) await time(url, headers)
  }
  await Promise.all(Array.from({ length: 16 }, client))
  return Math.round((each * 16_000) / (performance.now() - start))
}

function quantiles(times: number[]): { p50: number; p90: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (q: number) => Math.round((sorted[Math.floor(sorted.length * q)] ?? 0) * 1000) / 1000
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
}
