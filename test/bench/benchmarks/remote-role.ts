import { once } from 'node:events'
import { Agent, request as requestHttp, type IncomingMessage } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { fakeDriver } from '../../../drivers/fake/fake-driver.js'
import { makeCertificate } from '../../../src/host/gateway/gateway-certificate.js'
import { GatewayTunnels } from '../../../src/host/gateway/gateway-tunnels.js'
import { deviceEntry, FarmBench } from '../../integration/host/device-bench.js'
import { quantile, summarize, type Benchmark } from '../benchmark.js'
import type { Figure } from '../report.js'

const lease = '1790000000000001'
/** Requests of each way that are not counted. */
const warmUp = 200

/** Sends one command and waits for its answer. */
type Send = () => Promise<void>

export const remoteRole: Benchmark = {
  name: 'remote-role',
  what: 'A command to a role on another host, next to one on the own host: the same requests in turn, on one machine',

  async measure({ quick }) {
    const requests = quick ? 100 : 1_000
    const closing: Closing = []
    try {
      const times = await inTurn(await startWays(closing), requests)
      return figuresOf(times)
    } finally {
      for (const close of closing.toReversed()) await close()
    }
  },
}

/** What to do at the end, in reverse order. */
type Closing = (() => unknown)[]

async function startWays(closing: Closing): Promise<Send[]> {
  const [plain, tls] = [await startHost(closing), await startHost(closing, makeCertificate())]
  const tunnels = new GatewayTunnels()
  const agent = new Agent({ keepAlive: true })
  closing.push(
    async () => tunnels.close(),
    () => agent.destroy(),
  )
  return [
    await startEcho(closing),
    sender(agent, plain, localUrlOf(plain.bench)),
    sender(agent, plain, await tunnels.localUrl(plain.bench.gateway.url)),
    sender(agent, tls, localUrlOf(tls.bench)),
    sender(agent, tls, await tunnels.localUrl(tls.bench.gateway.url)),
  ]
}

/** @returns the milliseconds of each way */
async function inTurn(ways: readonly Send[], requests: number): Promise<number[][]> {
  const times = ways.map((): number[] => [])
  for (let i = 0; i < warmUp + requests; i++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const way = (i + turn) % ways.length
      const ms = await time(ways[way] as Send)
      if (i >= warmUp) times[way]?.push(ms)
    }
  }
  return times
}

function figuresOf([echo = [], local = [], plain = [], localTls = [], tls = []]: readonly number[][]): Figure[] {
  const goal = { atMost: 0.5 }
  return [
    { label: 'plain: a remote role costs in addition', unit: 'ms', ...middleHalf(added(plain, local)), goal },
    { label: 'TLS: a remote role costs in addition', unit: 'ms', ...middleHalf(added(tls, localTls)), goal },
    { label: 'a command to a local role', unit: 'ms', ...middleHalf(local) },
    { label: 'a command to a remote role', unit: 'ms', ...middleHalf(plain) },
    { label: 'a command to a remote role with TLS', unit: 'ms', ...middleHalf(tls) },
    { label: 'a round trip of the network: one byte to an echo server', unit: 'ms', ...middleHalf(echo) },
  ]
}

interface Host {
  bench: FarmBench
  path: string
}

async function startHost(closing: Closing, tls?: ReturnType<typeof makeCertificate>): Promise<Host> {
  const bench = await FarmBench.start([fakeDriver], { gateway: { host: '127.0.0.1', tls } })
  closing.push(async () => bench.stop())
  const device = await bench.add(deviceEntry('fake', fakeDriver), fakeDriver)
  const session = await device.sessions.ready()
  bench.gateway.grant('fake', lease)
  return { bench, path: `/session/${session.id}/orientation` }
}

function localUrlOf({ gateway }: FarmBench): string {
  return `http://${gateway.address.hostname}:${gateway.address.port}`
}

function sender(agent: Agent, { bench, path }: Host, base: string): Send {
  const headers = bench.gateway.headersFor(lease, 'fake')
  return async () => {
    const request = requestHttp(base + path, { agent, headers })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    await once(response, 'end')
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
  }
}

async function startEcho(closing: Closing): Promise<Send> {
  const server = createServer({ noDelay: true }, (socket: Socket) => socket.pipe(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.setNoDelay(true)
  closing.push(() => {
    socket.destroy()
    server.close()
  })
  await once(socket, 'connect')
  return async () => {
    socket.write('x')
    await once(socket, 'data')
  }
}

async function time(send: Send): Promise<number> {
  const start = performance.now()
  await send()
  return performance.now() - start
}

function added(times: readonly number[], others: readonly number[]): number[] {
  return times.map((ms, index) => ms - (others[index] ?? Number.NaN))
}

/** The least and the most of thousands of requests say nothing. */
function middleHalf(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b)
  return { ...summarize(times), range: [quantile(sorted, 0.25), quantile(sorted, 0.75)] as const }
}
