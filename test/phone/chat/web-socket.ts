import { randomBytes } from 'node:crypto'
import type { Duplex } from 'node:stream'

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 }
const headEnd = '\r\n\r\n'

export interface WebSocketHandlers {
  onText: (text: string) => void
  /** Called once when the connection ends, unless by `close`. */
  onClose: () => void
}

/** The client's side of RFC 6455 over an open stream: unfragmented text messages, no extensions. */
export class WebSocketClient {
  readonly #stream: Duplex
  readonly #handlers: WebSocketHandlers
  #rest: Buffer = Buffer.alloc(0)
  #upgraded = false
  #over = false

  constructor(stream: Duplex, target: { host: string; path: string }, handlers: WebSocketHandlers) {
    this.#stream = stream
    this.#handlers = handlers
    stream.on('data', (chunk: Buffer) => this.#read(chunk))
    stream.on('error', () => stream.destroy())
    stream.on('close', () => this.#end())
    stream.write(
      [
        `GET ${target.path} HTTP/1.1`,
        `Host: ${target.host}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        'Sec-WebSocket-Version: 13',
        headEnd,
      ]
        .join('\r\n')
        .slice(0, -2),
    )
  }

  send(text: string): void {
    if (!this.#over) this.#stream.write(frame(opcodes.text, Buffer.from(text)))
  }

  close(): void {
    if (this.#over) return
    this.#over = true
    this.#stream.write(frame(opcodes.close, Buffer.alloc(0)))
    this.#stream.destroy()
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#handlers.onClose()
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk])
    if (!this.#upgraded) {
      const end = this.#rest.indexOf(headEnd)
      if (end < 0) return
      if (!this.#rest.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) return void this.#stream.destroy()
      this.#upgraded = true
      this.#rest = this.#rest.subarray(end + headEnd.length)
    }
    for (let message = this.#take(); message; message = this.#take()) this.#receive(message)
  }

  /** Takes one frame from the received bytes; servers mask nothing. */
  #take(): { opcode: number; data: Buffer } | undefined {
    const rest = this.#rest
    if (rest.length < 2) return undefined
    let length = rest.readUInt8(1) & 0x7f
    let start = 2
    if (length === 126) {
      if (rest.length < 4) return undefined
      length = rest.readUInt16BE(2)
      start = 4
    } else if (length === 127) {
      if (rest.length < 10) return undefined
      length = Number(rest.readBigUInt64BE(2))
      start = 10
    }
    if (rest.length < start + length) return undefined
    this.#rest = rest.subarray(start + length)
    return { opcode: rest.readUInt8(0) & 0x0f, data: rest.subarray(start, start + length) }
  }

  #receive({ opcode, data }: { opcode: number; data: Buffer }): void {
    if (opcode === opcodes.text) this.#handlers.onText(data.toString('utf8'))
    else if (opcode === opcodes.ping) this.#stream.write(frame(opcodes.pong, data))
    else if (opcode === opcodes.close) this.#stream.destroy()
  }
}

function frame(opcode: number, data: Buffer): Buffer {
  const mask = randomBytes(4)
  const length = data.length < 126 ? [0x80 | data.length] : [0x80 | 126, (data.length >> 8) & 0xff, data.length & 0xff]
  const masked = Buffer.from(data.map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length]), mask, masked])
}
