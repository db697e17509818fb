import type { EventEmitter } from 'node:events'

type Listener = (...args: unknown[]) => void

/** The listeners of an emitter that all modules share, to remove those that a module adds, and to add those that it removes. */
export class ListenerSnapshot {
  readonly #emitter: EventEmitter
  readonly #before: ReadonlyMap<string | symbol, Listener[]>
  readonly #maxListeners: number

  constructor(emitter: EventEmitter) {
    this.#emitter = emitter
    this.#before = new Map(emitter.eventNames().map(name => [name, this.#listeners(name)]))
    this.#maxListeners = emitter.getMaxListeners()
  }

  /** @returns whether listeners were removed; they may have run until now */
  restore(): boolean {
    let removed = false
    const emitter = this.#emitter
    // These first: they would be called for the others.
    for (const name of new Set(['removeListener', 'newListener', ...emitter.eventNames()])) {
      for (const listener of this.#listeners(name)) {
        if (this.#before.get(name)?.includes(listener)) continue
        emitter.removeListener(name, listener)
        removed = true
      }
    }
    for (const [name, listeners] of this.#before) {
      const now = this.#listeners(name)
      for (const listener of listeners) if (!now.includes(listener)) emitter.on(name, listener)
    }
    if (emitter.getMaxListeners() !== this.#maxListeners) emitter.setMaxListeners(this.#maxListeners)
    return removed
  }

  #listeners(name: string | symbol): Listener[] {
    return this.#emitter.rawListeners(name) as Listener[]
  }
}
