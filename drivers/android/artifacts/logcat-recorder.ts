import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { LineBuffer } from '../../../src/process/line-buffer.js'
import type { AdbPhone } from '../adb/adb-phone.js'
import { CrashParser } from './crash-reports.js'

/** Between one and two segments of a module's log are kept. Bytes. */
const segmentBytes = 2 * 1024 * 1024

/**
 * Records the phone's log since the module started, on disk. One `logcat` runs for as long as the phone is attached: one for
 * each module would cost more and lose lines. Writes are synchronous: a few kilobytes into the page cache are cheaper than a
 * queue. If the disk is full, the rest of a module's log is dropped; crashes are still found in it.
 */
export class LogcatRecorder {
  readonly crashes = new CrashParser()
  readonly #current: string
  readonly #previous: string
  #reading: AbortController | undefined
  #file: number | undefined
  #bytes = 0
  #writable = true

  constructor(
    private readonly phone: Pick<AdbPhone, 'openShell'>,
    directory: string,
  ) {
    this.#current = join(directory, 'logcat.txt')
    this.#previous = join(directory, 'logcat-1.txt')
  }

  /** Starts to read, until the phone leaves or `stop` is called. Does nothing if it reads already. */
  start(): void {
    if (this.#reading) return
    const reading = new AbortController()
    this.#reading = reading
    void this.#read(reading.signal)
      // The phone has left. Its monitor reports that, and starts the recorder again.
      .catch(() => {})
      .finally(() => {
        if (this.#reading === reading) this.#reading = undefined
      })
  }

  /** Drops what was recorded, for the next module. */
  clear(): void {
    this.crashes.clear()
    this.#writable = true
    this.#close()
    rmSync(this.#previous, { force: true })
    rmSync(this.#current, { force: true })
  }

  /** What was recorded, oldest first; undefined if nothing was. */
  read(): Buffer | undefined {
    const log = Buffer.concat([this.#previous, this.#current].flatMap(path => readIfPresent(path)))
    return log.length === 0 ? undefined : log
  }

  stop(): void {
    this.#reading?.abort()
    this.#reading = undefined
    this.#close()
  }

  async #read(signal: AbortSignal): Promise<void> {
    const socket = await this.phone.openShell('logcat -v threadtime -T 1', signal)
    const decoder = new StringDecoder('utf8')
    const lines = new LineBuffer(text => this.#parse(text))
    socket.on('data', (chunk: Buffer) => {
      lines.add(decoder.write(chunk))
      this.#write(chunk)
    })
    await new Promise<void>(resolve => {
      socket.once('error', () => {})
      socket.once('close', resolve)
    })
  }

  #parse(lines: string): void {
    for (const line of lines.split('\n')) this.crashes.parseLine(line.trimEnd())
  }

  #write(chunk: Buffer): void {
    if (!this.#writable) return
    try {
      this.#keep(chunk)
    } catch {
      this.#writable = false
      this.#close()
    }
  }

  #keep(chunk: Buffer): void {
    this.#file ??= openSync(this.#current, 'a')
    writeSync(this.#file, chunk)
    this.#bytes += chunk.length
    if (this.#bytes < segmentBytes) return
    this.#close()
    renameSync(this.#current, this.#previous)
  }

  #close(): void {
    const file = this.#file
    this.#file = undefined
    this.#bytes = 0
    try {
      if (file !== undefined) closeSync(file)
    } catch {
      // A late error, such as a full disk, is about a log that is no longer needed.
    }
  }
}

function readIfPresent(path: string): Buffer[] {
  try {
    return [readFileSync(path)]
  } catch {
    return []
  }
}
