import { EventEmitter } from 'node:events'

export type LogBuffer = 'main' | 'system' | 'crash' | 'events' | 'radio' | 'kernel'
export type LogPriority = 'V' | 'D' | 'I' | 'W' | 'E' | 'F'

export interface LogEntry {
  timeMs: number
  buffer: LogBuffer
  pid: number
  priority: LogPriority
  tag: string
  message: string
}

const keptEntries = 5000

/** The phone's log: the last few thousand lines, and its readers. */
export class Logcat {
  readonly #followers = new EventEmitter<{ entry: [LogEntry] }>()
  readonly #now: () => number
  #entries: LogEntry[] = []

  constructor(now: () => number) {
    this.#now = now
    this.#followers.setMaxListeners(0)
  }

  write(entry: { pid: number; tag: string; message: string; priority?: LogPriority; buffer?: LogBuffer }): void {
    for (const message of entry.message.split('\n')) {
      const full: LogEntry = { priority: 'I', buffer: 'main', ...entry, message, timeMs: this.#now() }
      this.#entries.push(full)
      this.#followers.emit('entry', full)
    }
    if (this.#entries.length > keptEntries * 1.2) this.#entries = this.#entries.slice(-keptEntries)
  }

  entries(): readonly LogEntry[] {
    return this.#entries
  }

  clear(): void {
    this.#entries = []
  }

  follow(onEntry: (entry: LogEntry) => void): () => void {
    this.#followers.on('entry', onEntry)
    return () => this.#followers.off('entry', onEntry)
  }

  get followers(): number {
    return this.#followers.listenerCount('entry')
  }
}
