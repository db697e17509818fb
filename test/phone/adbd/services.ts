import type { Phone } from '../phone.js'
import { serveReverse } from './reverse-service.js'
import { serveFramedShell, serveRawShell } from './shell-service.js'
import { serveSync } from './sync-service.js'
import type { StreamHandler, Transport } from './transport.js'

/**
 * Finds the service that the computer requests for a stream.
 * @param service - adb's name for it, e.g. `shell,v2,raw:ls`
 */
export async function openService(
  phone: Phone,
  service: string,
  transport: Transport,
): Promise<StreamHandler | undefined> {
  const colon = service.indexOf(':')
  const [name = '', ...modes] = service.slice(0, colon).split(',')
  const argument = service.slice(colon + 1)
  switch (name) {
    case 'shell':
      if (modes.includes('v2')) return stream => serveFramedShell(phone, stream, argument)
      return stream => serveRawShell(phone, stream, argument)
    case 'exec':
      return stream => serveRawShell(phone, stream, argument)
    case 'sync':
      return stream => void serveSync(phone, stream)
    case 'reverse':
      return stream => serveReverse(phone, transport, stream, argument)
    case 'tcp':
      return phone.network.accept(Number(argument.split(':')[0]))
    case 'localabstract':
      return phone.network.abstract(argument)
    case 'reboot':
      return stream => {
        stream.end()
        phone.reboot()
      }
    case 'root':
    case 'remount':
      return saying(`adbd cannot run as root in production builds\n`)
    case 'unroot':
      return saying('adbd not running as root\n')
    default:
      return undefined
  }
}

function saying(text: string): StreamHandler {
  return stream => {
    stream.resume()
    stream.end(text)
  }
}
