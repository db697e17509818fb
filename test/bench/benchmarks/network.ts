import { once } from 'node:events'
import { Agent, createServer, request as requestHttp, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DeviceNetwork } from '../../../src/host/network/device-network.js'
import { DeviceProxy } from '../../../src/host/network/device-proxy.js'
import { quantile, summarize, type Benchmark } from '../benchmark.js'

/** Requests of each way that are not counted. */
const warmUp = 200

export const network: Benchmark = {
  name: 'network',
  what: "What a device's proxy adds to a request: the same requests straight to a server and through the proxy, in turn",

  async measure({ quick }) {
    const requests = quick ? 200 : 2_000
    const agent = new Agent({ keepAlive: true, noDelay: true })
    const server = createServer((request, response) => {
      request.resume()
      response.end('{"ok":true}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using proxy = new DeviceProxy('device', new DeviceNetwork())
    const direct = { port: (server.address() as AddressInfo).port, path: '/', times: [] as number[] }
    const through = { port: await proxy.proxyPort(), path: `${origin}/`, times: [] as number[] }
    try {
      for (let i = -warmUp; i < requests; i++) {
        for (const way of i % 2 === 0 ? [direct, through] : [through, direct]) {
          const ms = await time(agent, way)
          if (i >= 0) way.times.push(ms)
        }
      }
    } finally {
      agent.destroy()
      server.close()
      server.closeAllConnections()
    }
    const added = through.times.map((ms, index) => ms - (direct.times[index] ?? Number.NaN))
    return [
      { label: 'added to a request', unit: 'ms', ...middleHalf(added), goal: { atMost: 0.3 } },
      { label: 'a request through the proxy', unit: 'ms', ...middleHalf(through.times) },
      { label: 'a request straight to the server', unit: 'ms', ...middleHalf(direct.times) },
    ]
  },
}

/** The least and the most of thousands of requests say nothing. */
function middleHalf(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  return { ...summarize(times), range: [quantile(sorted, 0.25), quantile(sorted, 0.75)] as const }
}

async function time(agent: Agent, { port, path }: { port: number; path: string }): Promise<number> {
  const start = performance.now()
  const request = requestHttp({ host: '127.0.0.1', port, path, agent })
  request.end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  await once(response, 'end')
  return performance.now() - start
}
