import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'

/** An Appium server as the place that requests go to. */
export interface Upstream {
  /** Without user and password; for messages. */
  readonly label: string
  readonly secure: boolean
  readonly hostname: string
  readonly port: number
  /** `/wd/hub`, or empty. */
  readonly basePath: string
  /** `host`, and `authorization` where the URL has user and password. */
  readonly headers: Readonly<Record<string, string>>
}

const agentOptions = { keepAlive: true, maxFreeSockets: 64, noDelay: true }
const httpAgent = new HttpAgent(agentOptions)
const httpsAgent = new HttpsAgent(agentOptions)

/** Reads the address of an Appium server, e.g. `https://user:key@farm.example:443/wd/hub`. */
export function parseUpstream(address: string): Upstream {
  const url = new URL(address)
  const secure = url.protocol === 'https:'
  const basePath = url.pathname.replace(/\/+$/, '')
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return {
    label: `${url.protocol}//${url.host}${basePath}`,
    secure,
    // The URL keeps the brackets of an IPv6 address, a socket takes none.
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 443 : 80),
    basePath,
    headers: {
      host: url.host,
      ...(user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
    },
  }
}

/** Begins a request over kept-alive connections. @param path - below the base path, with a leading slash */
export function requestUpstream(
  upstream: Upstream,
  path: string,
  options: Pick<RequestOptions, 'method' | 'headers'>,
): ClientRequest {
  const full: RequestOptions = {
    ...options,
    hostname: upstream.hostname,
    port: upstream.port,
    path: upstream.basePath + path,
    agent: upstream.secure ? httpsAgent : httpAgent,
    setHost: false,
  }
  return upstream.secure ? requestHttps(full) : requestHttp(full)
}

/** Breaks off whatever this process still asks of any Appium server: an answer that never comes would keep it alive. */
export function closeUpstreamConnections(): void {
  httpAgent.destroy()
  httpsAgent.destroy()
}
