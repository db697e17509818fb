import { once } from 'node:events'
import { connect } from 'node:net'
import { ByteSource } from './byte-source.js'

/** Resolves once an adb server says that a phone is online: it knows that a moment after it has greeted the phone. */
export async function waitUntilOnline(serverPort: number, serial: string): Promise<void> {
  const socket = connect(serverPort, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(encodeRequest(`host-serial:${serial}:wait-for-any-device`))
    // One answer for the request, one for the phone.
    const answer = await new ByteSource(socket).read(8)
    if (answer?.toString('latin1') !== 'OKAYOKAY') throw new Error(`adb does not wait for ${serial}`)
  } finally {
    socket.destroy()
  }
}

/** A request as adb's server takes it: its length in hexadecimal, and its text. */
export const encodeRequest = (request: string): string => request.length.toString(16).padStart(4, '0') + request
