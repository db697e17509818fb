import { WebSocketServer, type WebSocket } from 'ws'
import type { Upgrade } from './gateway-connect-bidi.js'
import type { Relay } from './gateway-device-slot.js'

/** Connects a worker to the network of a device. @returns undefined if the messages of the device can't be controlled */
export type ControlMessages = (device: string, client: WebSocket) => Relay | undefined

const acceptor = new WebSocketServer({ perMessageDeflate: false, maxPayload: 1024 * 1024, noServer: true })
/** Applications may use 4000 to 4999. */
const uncontrollableCode = 4002

/** Accepts the connection of a worker that decides about messages; it ends with the lease. */
export function connectControl(
  { request, socket, head }: Upgrade,
  control: (client: WebSocket) => Relay | undefined,
  slot: { connected: (relay: Relay) => void; ended: (relay: Relay) => void },
): void {
  acceptor.handleUpgrade(request, socket, head, client => {
    client.on('error', () => {})
    const relay = control(client)
    if (!relay) return client.close(uncontrollableCode, 'the device has no proxy')
    slot.connected(relay)
    client.once('close', () => slot.ended(relay))
  })
}
