import { request as requestHttp, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { NetworkMessage } from '../../script/network/network-message.js'
import type { DeviceNetwork } from './device-network.js'
import { forwardedHeaders, pairsOf } from './forwarded-headers.js'
import { MessageChannel } from './message-channel.js'
import { pump } from './pump.js'
import { maxHeaderSize } from './relay-request.js'
import { connectTo, type UpstreamServer, type UpstreamConnection } from './upstream-connection.js'
import { WebSocketSplitter, type SocketMessage } from './websocket-splitter.js'

/** A request of a device for another protocol on its connection. */
export interface UpgradeExchange {
  network: DeviceNetwork
  request: IncomingMessage
  socket: Duplex
  /** What the device has sent after the request. */
  head: Buffer
  url: URL
  /** Path and query as the device sent them. */
  path: string
  target: UpstreamServer
  upstream: UpstreamConnection
}

/**
 * Forwards the opening of a WebSocket, and then its messages. Extensions, subprotocols and cookies are agreed on by
 * device and server alone. Bytes of other protocols pass unread.
 */
export async function relayUpgrade(exchange: UpgradeExchange): Promise<void> {
  const { network, request, socket, target, upstream } = exchange
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') return relayUnread(exchange)
  network.counter.add('sockets')
  const verdict = network.admit(messageOf(exchange, { kind: 'open' }), { isUp: true })
  if (verdict !== 'pass' && (await verdict) === 'drop') return void socket.destroy()
  // Gone while it was held.
  if (socket.destroyed) return
  const outgoing = requestHttp({
    method: request.method,
    host: target.hostname,
    port: target.port,
    path: exchange.path,
    headers: [...forwardedHeaders(request.rawHeaders), 'Connection', 'Upgrade', 'Upgrade', 'websocket'],
    agent: upstream.agent,
    maxHeaderSize,
  })
  socket.once('close', () => outgoing.destroy())
  outgoing.on('error', () => socket.destroy())
  outgoing.once('upgrade', (answer, server, serverHead) => {
    socket.write(headOf(answer, answer.rawHeaders))
    relayMessages(exchange, answer, server, serverHead)
  })
  outgoing.once('response', answer => {
    // Node has removed the framing of the body, so only the end of the connection ends it.
    const headers = forwardedHeaders(answer.rawHeaders)
    const kept = pairsOf(headers).filter(([name]) => name.toLowerCase() !== 'transfer-encoding')
    socket.write(headOf(answer, [...kept.flat(), 'Connection', 'close']))
    pump(answer, socket, network.down, () => socket.end())
  })
  outgoing.end()
}

function relayMessages(exchange: UpgradeExchange, answer: IncomingMessage, server: Duplex, serverHead: Buffer): void {
  const { network, socket, head } = exchange
  const isDeflated = /permessage-deflate/i.test(answer.headers['sec-websocket-extensions'] ?? '')
  const messageOfSocket = (message: SocketMessage): NetworkMessage => messageOf(exchange, message)
  const splitter = (direction: 'sent' | 'received'): WebSocketSplitter =>
    new WebSocketSplitter({ direction, isDeflated, messageOf: messageOfSocket })
  closeTogether(socket, server)
  const down = {
    network,
    source: server,
    sink: socket,
    splitter: splitter('received'),
    isUp: false,
    end: () => socket.end(),
  }
  const up = { network, source: socket, sink: server, splitter: splitter('sent'), isUp: true, end: () => server.end() }
  MessageChannel.start(up, head)
  MessageChannel.start(down, serverHead)
}

/** If one side breaks off, so does the other. An orderly end waits for the messages before it. */
export function closeTogether(one: Duplex, other: Duplex): void {
  for (const [ended, left] of [
    [one, other],
    [other, one],
  ] as const) {
    ended.on('error', () => left.destroy())
    ended.once('close', () => {
      if (!ended.readableEnded) left.destroy()
    })
  }
}

/** Passes the bytes of both directions on. */
export function relayBytes(network: DeviceNetwork, device: Duplex, server: Duplex): void {
  closeTogether(device, server)
  pump(device, server, network.up, () => server.end())
  pump(server, device, network.down, () => device.end())
}

function relayUnread({ network, request, socket, head, path, target }: UpgradeExchange): void {
  const server = connectTo(target)
  const lines = pairsOf(request.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  server.write(`${request.method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1')
  if (head.length > 0) server.write(head)
  relayBytes(network, socket, server)
}

function headOf({ statusCode, statusMessage }: IncomingMessage, rawHeaders: readonly string[]): Buffer {
  const lines = pairsOf(rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}\r\n`, 'latin1')
}

function messageOf({ url }: UpgradeExchange, message: SocketMessage | { kind: 'open' }): NetworkMessage {
  return { url: url.href.replace(/^http/, 'ws'), path: url.pathname, ...message, state: 'passed', at: Date.now() }
}
