import { BatonError } from '../error/baton-error.js'
import { currentModule } from './module-context.js'

/**
 * Base URL of a server that the run started (`"servers"` in devices.json), without a slash at its end.
 *
 * @param name - as declared, e.g. `chat`
 * @returns e.g. `http://127.0.0.1:41234`
 * @throws BatonError BATON_SERVER_UNKNOWN where the run has no such server, BATON_NO_TEST outside of a module
 */
export function serverUrl(name: string): string {
  const context = currentModule()
  if (!context) {
    throw new BatonError('BATON_NO_TEST', `serverUrl('${name}') was called outside of a module that Baton executes`, {
      hint: "run the file with 'baton run'",
    })
  }
  const url = Object.hasOwn(context.servers, name) ? context.servers[name] : undefined
  if (url !== undefined) return url.replace(/\/$/, '')
  const known = Object.keys(context.servers)
  throw new BatonError(
    'BATON_SERVER_UNKNOWN',
    `serverUrl('${name}') names no server of this run (known: ${known.join(', ') || 'none'})`,
    { hint: 'declare it under "servers" in devices.json' },
  )
}
