import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'

/** An Appium server that requests are sent to. */
export interface Upstream {
  /** Without user and password; for messages. */
  readonly label: string
  readonly secure: boolean
  readonly hostname: string
  readonly port: number
  /** `/wd/hub`, or empty. */
  readonly basePath: string
  /** `host`, and `authorization` if the URL has user and password. */
  readonly headers: Readonly<Record<string, string>>
}

const agentOptions = { keepAlive: true, maxFreeSockets: 64, noDelay: true }
const httpAgent = new HttpAgent(agentOptions)
const httpsAgent = new HttpsAgent(agentOptions)

/** Parses the URL of an Appium server, e.g. `https://user:key@farm.example:443/wd/hub`. */
export function parseUpstream(address: string): Upstream {
  const url = new URL(address)
  const secure = url.protocol === 'https:'
  const basePath = url.pathname.replace(/\/+$/, '')
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return {
    label: `${url.protocol}//${url.host}${basePath}`,
    secure,
    // A URL has brackets around an IPv6 address; a socket takes it without.
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (secure ? 443 : 80),
    basePath,
    headers: {
      host: url.host,
      ...(user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
    },
  }
}

/** Starts a request over a kept-alive connection. @param path - below the base path, with a leading slash */
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

/** Cancels every request to an Appium server: one that never gets a response would keep this process alive. */
export function closeUpstreamConnections(): void {
  httpAgent.destroy()
  httpsAgent.destroy()
}

/**
 * Whether a command of a session that another WebDriver server runs behind Appium is for Appium itself: its own extensions,
 * and the end of the session.
 * @param path - below `/session/:id`, without slashes at the end
 */
export function isServedByAppium(method: string, path: string): boolean {
  return /^\/appium(?:\/|$)/.test(path) || (path === '' && method !== 'GET')
}
