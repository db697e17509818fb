import { BatonError } from '../../error/baton-error.js'
import { errorMessage } from '../../error/error-text.js'
import { realFetch } from '../real-time.js'

const resetTimeoutMs = 10_000

/**
 * @param server - base URL of the server
 * @param path - as in devices.json; may be a whole URL
 * @throws BatonError BATON_USAGE if that is not a URL
 */
export function resolveReset(server: string | undefined, path: string): URL {
  const base = server === undefined ? undefined : server.replace(/\/*$/, '/')
  const text = URL.canParse(path) ? path : `${base ?? ''}${path.replace(/^\//, '')}`
  if (URL.canParse(text)) return new URL(text)
  throw new BatonError('BATON_USAGE', `expected the path that resets a server, found '${path}'.`)
}

/** @throws BatonError BATON_SERVER_FAILED if the server does not reset itself */
export async function postReset(url: URL): Promise<void> {
  const problem = await realFetch(url, { method: 'POST', signal: AbortSignal.timeout(resetTimeoutMs) }).then(
    ({ ok, status }) => (ok ? undefined : `status ${status}`),
    (error: unknown) => errorMessage(error),
  )
  if (problem === undefined) return
  throw new BatonError('BATON_SERVER_FAILED', `the server could not be reset: POST ${url.href}: ${problem}`, {
    hint: 'check "reset" of the server in devices.json: the path has to answer POST with a status from 200 to 299',
  })
}
