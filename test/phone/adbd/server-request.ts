import { once } from 'node:events'
import { connect } from 'node:net'
import { ByteSource } from './byte-source.js'

/** Resolves when an adb server has a phone online, a moment after it has greeted the phone. */
export async function waitUntilOnline(serverPort: number, serial: string): Promise<void> {
  const socket = connect(serverPort, '127.0.0.1')
  try {
    await once(socket, 'connect')
    socket.write(encodeRequest(`host-serial:${serial}:wait-for-any-device`))
    // One reply to the request, one when the phone is online.
    const answer = await new ByteSource(socket).read(8)
    if (answer?.toString('latin1') !== 'OKAYOKAY') throw new Error(`adb does not wait for ${serial}`)
  } finally {
    socket.destroy()
  }
}

/** Encodes a request to an adb server: its length in hexadecimal, then its text. */
export const encodeRequest = (request: string): string => request.length.toString(16).padStart(4, '0') + request
