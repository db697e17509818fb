import type { Duplex } from 'node:stream'
import adbkit, { type Parser } from '@devicefarmer/adbkit'
import connectionModule from '@devicefarmer/adbkit/dist/src/adb/connection.js'
import type { AdbAddress } from '../android-keys.js'

const Connection = connectionModule.default
type Connection = InstanceType<typeof Connection>

export interface AdbClientOptions {
  address: AdbAddress
  /** Closes every connection of the client when it aborts: adbkit itself knows no deadline for a command. */
  signal: AbortSignal
  /** The adb program, to start a server if none runs; absent: never starts one. adbkit would, at any command. */
  adb?: string | undefined
}

/** adbkit's client, with connections that can be closed and a server that is started only on request. */
export class AdbClient extends adbkit.Client {
  readonly #adb: string | undefined

  constructor({ address, signal, adb }: AdbClientOptions) {
    super({ ...address, ...(adb !== undefined && { bin: adb }) })
    this.#adb = adb
    // adbkit hands its options on to `net.connect`, which takes a signal.
    Object.assign(this.options, { signal })
  }

  override connection() {
    const connection = new Connection(this.options)
    // adbkit starts a server at the first refusal only.
    if (this.#adb === undefined) connection['triedStarting'] = true
    // An error reaches the command that waits; without a listener, one that comes later would end the process.
    connection.on('error', () => {})
    return connection.connect()
  }

  /** What the phone's adb daemon and this server both support, e.g. `shell_v2`. adbkit lists the system's features only. */
  async listTransportFeatures(serial: string): Promise<string[]> {
    const parser = await send(await this.connection(), `host-serial:${serial}:features`)
    return (await parser.readValue()).toString().split(',')
  }

  /** A command in shell protocol version 2, which adbkit does not know. */
  async openShellV2(serial: string, command: string): Promise<Duplex> {
    return (await this.#request(serial, `shell,v2,raw:${command}`)).raw()
  }

  /** Makes adb close the phone's connection and open a new one. */
  async reconnect(serial: string): Promise<void> {
    await send(await this.connection(), `host-serial:${serial}:reconnect`)
  }

  /** Runs a command of a phone and returns its raw output; adbkit has `shell:` only, which may translate line breaks. */
  async openExec(serial: string, command: string): Promise<Duplex> {
    return (await this.#request(serial, `exec:${command}`)).raw()
  }

  /** adbkit can add forwards and reversed ports, but not remove them. */
  async removeForward(serial: string, local: string): Promise<void> {
    await send(await this.connection(), `host-serial:${serial}:killforward:${local}`)
  }

  async removeReverse(serial: string, remote: string): Promise<void> {
    // The first reply is adb's, for the service; the second one is the phone's.
    await expectOkay(await this.#request(serial, `reverse:killforward:${remote}`))
  }

  async #request(serial: string, service: string): Promise<Parser> {
    return send(await this.getDevice(serial).transport(), service)
  }
}

async function send(connection: Connection, service: string): Promise<Parser> {
  connection.write(Buffer.from(Buffer.byteLength(service).toString(16).padStart(4, '0') + service))
  return expectOkay(connection.parser)
}

/** @throws adbkit's FailError with the message of a refusal */
async function expectOkay(parser: Parser): Promise<Parser> {
  const reply = await parser.readAscii(4)
  if (reply === 'FAIL') await parser.readError()
  if (reply !== 'OKAY') await parser.unexpected(reply, 'OKAY or FAIL')
  return parser
}
