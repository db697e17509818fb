import { BatonError } from '../error/baton-error.js'
import { currentModule } from './module-context.js'

/**
 * Returns the base URL of a server that the run started (`"servers"` in devices.json), without a trailing slash.
 *
 * @param name - as declared, e.g. `chat`
 * @returns e.g. `http://127.0.0.1:41234`
 * @throws BatonError BATON_SERVER_UNKNOWN if the run has no such server, BATON_NO_TEST outside a module
 */
export function serverUrl(name: string): string {
  const context = currentModule()
  if (!context) {
    throw new BatonError('BATON_NO_TEST', `serverUrl('${name}') was called outside a module that Baton runs`, {
      hint: "run the file with 'baton run'",
    })
  }
  const url = Object.hasOwn(context.servers, name) ? context.servers[name] : undefined
  if (url !== undefined) return url.replace(/\/$/, '')
  const known = Object.keys(context.servers)
  throw new BatonError(
    'BATON_SERVER_UNKNOWN',
    `serverUrl('${name}'): this run has no server '${name}' (known: ${known.join(', ') || 'none'})`,
    { hint: 'declare it under "servers" in devices.json' },
  )
}
