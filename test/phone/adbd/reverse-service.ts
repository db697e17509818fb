import type { Phone } from '../phone.js'
import type { AdbStream } from './adb-stream.js'
import type { Transport } from './transport.js'

/** `reverse:…`: manages the reversed ports of the phone. */
export function serveReverse(phone: Phone, transport: Transport, stream: AdbStream, request: string): void {
  stream.resume()
  stream.end(answer(phone, transport, request))
}

function answer(phone: Phone, transport: Transport, request: string): string {
  const { network } = phone
  if (request === 'list-forward') {
    return framed(
      network
        .reverses()
        .map(({ from, to }) => `host-${phone.adbPort} ${from} ${to}\n`)
        .join(''),
    )
  }
  if (request === 'killforward-all') {
    network.removeAllReverses()
    return 'OKAY'
  }
  const [verb = '', ...rest] = request.split(':')
  const argument = rest.join(':')
  if (verb === 'killforward') {
    return network.removeReverse(argument) ? 'OKAY' : `FAIL${framed(`listener '${argument}' not found`)}`
  }
  if (verb !== 'forward') return `FAIL${framed(`unknown reverse request '${request}'`)}`
  const [from = '', to = ''] = argument.replace(/^norebind:/, '').split(';')
  if (argument.startsWith('norebind:') && network.reverses().some(reverse => reverse.from === from)) {
    return `FAIL${framed('cannot rebind existing socket')}`
  }
  const port = network.reverse(from, to, transport)
  return from === 'tcp:0' ? `OKAY${framed(String(port))}` : 'OKAY'
}

function framed(text: string): string {
  return Buffer.byteLength(text).toString(16).padStart(4, '0') + text
}
