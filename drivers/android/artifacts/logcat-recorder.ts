import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { AdbPhone } from '../adb/adb-phone.js'
import { CrashParser } from './crash-reports.js'

/** Of a module's log, between one and two of these are kept. Bytes. */
const segmentBytes = 2 * 1024 * 1024

/**
 * The phone's log since a module began, on disk. One reader for as long as the phone is attached: to start one for each
 * module would cost more, and lose lines. Written in place: a few kilobytes into the page cache are cheaper than a queue.
 * Where the disk takes no more, the rest of a module's log is not kept; crashes are still found in it.
 */
export class LogcatRecorder {
  readonly crashes = new CrashParser()
  readonly #current: string
  readonly #previous: string
  #reading: AbortController | undefined
  #file: number | undefined
  #bytes = 0
  #keeps = true
  #rest = ''

  constructor(
    private readonly phone: AdbPhone,
    directory: string,
  ) {
    this.#current = join(directory, 'logcat.txt')
    this.#previous = join(directory, 'logcat-1.txt')
  }

  /** Reads from now on, until the phone leaves or `stop`. Once more while it reads is nothing. */
  start(): void {
    if (this.#reading) return
    const reading = new AbortController()
    this.#reading = reading
    void this.#read(reading.signal)
      // The phone left: whoever follows it says so, and starts the reading anew.
      .catch(() => {})
      .finally(() => {
        if (this.#reading === reading) this.#reading = undefined
      })
  }

  /** A module begins: what was before is no longer of interest. */
  clear(): void {
    this.crashes.clear()
    this.#keeps = true
    this.#close()
    rmSync(this.#previous, { force: true })
    rmSync(this.#current, { force: true })
  }

  /** All that is kept of it, oldest first. */
  read(): Buffer {
    return Buffer.concat([this.#previous, this.#current].flatMap(path => readIfThere(path)))
  }

  stop(): void {
    this.#reading?.abort()
    this.#reading = undefined
    this.#close()
  }

  async #read(signal: AbortSignal): Promise<void> {
    const socket = await this.phone.openShell('logcat -v threadtime -T 1', signal)
    socket.on('data', (chunk: Buffer) => this.#write(chunk))
    await new Promise<void>(resolve => {
      socket.once('error', () => {})
      socket.once('close', resolve)
    })
  }

  #write(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString()).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.crashes.parseLine(line.trimEnd())
    if (!this.#keeps) return
    try {
      this.#keep(chunk)
    } catch {
      this.#keeps = false
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
      // What a disk says late, as that it is full, is about a log that is over.
    }
  }
}

function readIfThere(path: string): Buffer[] {
  try {
    return [readFileSync(path)]
  } catch {
    return []
  }
}
