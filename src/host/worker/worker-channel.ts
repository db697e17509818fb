import type { Duplex } from 'node:stream'
import { LineSplitter } from '../../process/line-splitter.js'
import { parseWorkerMessage } from '../../script/worker-message-schema.js'
import { workerPipes, type HostToWorker, type WorkerToHost } from '../../script/worker-messages.js'

export interface WorkerChannelListener {
  message(message: WorkerToHost): void
  /** Something else than a worker's message was written to the pipe: code of a module did that. */
  foreign(): void
  /** A pipe is closed: the process has ended, or code of a module closed it. Called once. */
  closed(): void
}

/** Characters of a message; workers send much shorter ones. */
const maxMessageLength = 32_000_000

/**
 * The host's end of the channel to a worker. The first line that comes is the worker's secret: at that time it has not loaded
 * any module yet. From then on, only lines that begin with the secret are messages.
 */
export class WorkerChannel {
  readonly #toWorker: Duplex | undefined
  readonly #listener: WorkerChannelListener
  #secret: string | undefined
  #isOpen = true

  /** @param stdio - of the worker process */
  constructor(stdio: readonly unknown[] | undefined, listener: WorkerChannelListener) {
    this.#listener = listener
    this.#toWorker = this.#open(stdio?.[workerPipes.fromHost])
    this.#open(stdio?.[workerPipes.lifeline])
    const lines = new LineSplitter(line => this.#receive(line), maxMessageLength)
    this.#open(stdio?.[workerPipes.toHost])
      ?.setEncoding('utf8')
      .on('data', (text: string) => lines.add(text))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  send(message: HostToWorker): void {
    // An error here means that the worker is gone, or has closed the pipe.
    this.#toWorker?.write(`${JSON.stringify(message)}\n`, () => {})
  }

  #open(stream: unknown): Duplex | undefined {
    // There are no streams if the process could not be started.
    if (stream === undefined || stream === null) return undefined
    const pipe = stream as Duplex
    pipe.on('error', () => {})
    pipe.once('end', () => this.#close()).once('close', () => this.#close())
    return pipe.resume()
  }

  #receive(line: string): void {
    if (line === '') return
    if (this.#secret === undefined) this.#secret = line
    else if (line.startsWith(`${this.#secret} `)) this.#parse(line.slice(this.#secret.length + 1))
    else this.#listener.foreign()
  }

  #parse(text: string): void {
    const message = parseWorkerMessage(text)
    if (message) this.#listener.message(message)
    else this.#listener.foreign()
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#listener.closed()
  }
}
