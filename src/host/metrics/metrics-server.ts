import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { urlHost } from '../../device/host-port.js'
import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'

export interface MetricsServerOptions {
  /** Address to listen on; loopback unless the user chose another one. */
  address: string
  /** 0 means any free port. */
  port: number
  /** Metrics in Prometheus' text format. */
  metrics: () => Promise<string>
  /** @returns why the host takes no modules; empty if it does */
  problems: () => Promise<string[]>
}

const prometheusText = 'text/plain; version=0.0.4; charset=utf-8'
/** Nobody needs long to send a request without a body. */
const requestTimeoutMs = 5_000
const maxConnections = 50

/**
 * Serves `/healthz` (the process answers), `/readyz` (the host takes modules) and `/metrics`. Reads nothing from a request
 * but its path.
 */
export class MetricsServer {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** @throws BatonError BATON_USAGE if the port is in use or not allowed */
  static async start(options: MetricsServerOptions): Promise<MetricsServer> {
    const { address, port } = options
    const server = createServer(
      { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs },
      (request, response) => {
        request.resume()
        void respond(request.url ?? '/', request.method ?? 'GET', response, options)
      },
    )
    server.maxConnections = maxConnections
    server.listen(port, address)
    try {
      await once(server, 'listening')
    } catch (error) {
      throw new BatonError(
        'BATON_USAGE',
        `--metrics-port: cannot listen on ${urlHost(address)}:${port}: ${errorMessage(error)}.`,
        {
          hint: 'choose another port, or another --metrics-address.',
          cause: error,
        },
      )
    }
    return new MetricsServer(server, `http://${urlHost(address)}:${(server.address() as AddressInfo).port}`)
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close')
    this.server.close()
    this.server.closeAllConnections()
    await closed
  }
}

async function respond(
  url: string,
  method: string,
  response: ServerResponse,
  { metrics, problems }: MetricsServerOptions,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'expected GET\n')
  try {
    switch (url.replace(/\?.*$/s, '')) {
      case '/healthz':
        return send(response, 200, 'ok\n')
      case '/readyz': {
        const found = await problems()
        return send(response, found.length === 0 ? 200 : 503, `${found.length === 0 ? 'ok' : found.join('\n')}\n`)
      }
      case '/metrics':
        return send(response, 200, await metrics(), prometheusText)
      default:
        return send(response, 404, 'expected /healthz, /readyz or /metrics\n')
    }
  } catch (error) {
    send(response, 500, `${errorMessage(error)}\n`)
  }
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}
