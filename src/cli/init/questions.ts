import { createInterface, type Interface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { describeFile, type PlannedFile } from './plan-init.js'

/** Asks questions on a terminal. Ctrl-C and Ctrl-D decline. */
export class Asking {
  readonly #lines: Interface
  readonly #closed = new AbortController()

  constructor(input: Readable, output: Writable) {
    this.#lines = createInterface({ input, output })
    this.#lines.on('close', () => this.#closed.abort())
  }

  /** @returns undefined if the user left */
  async ask(question: string): Promise<string | undefined> {
    try {
      return (await this.#lines.question(question, { signal: this.#closed.signal })).trim()
    } catch (error) {
      if (this.#closed.signal.aborted) return undefined
      throw error
    }
  }

  close(): void {
    this.#lines.close()
  }
}

/** Asks again after any other answer. */
export async function askDevices(asking: Asking): Promise<'chromium' | 'android'> {
  for (;;) {
    const answer = await asking.ask(
      'Which devices?\n  1  two phones that Chromium emulates\n  2  Android phones, over adb\n[1] ',
    )
    if (answer === undefined || answer === '' || answer === '1') return 'chromium'
    if (answer === '2') return 'android'
  }
}

export async function askToWrite(asking: Asking, changes: readonly PlannedFile[]): Promise<boolean> {
  const lines = changes.map(file => `  ${file.action}  ${describeFile(file)}\n`)
  const answer = await asking.ask(`${lines.join('')}Do that? [Y/n] `)
  return answer !== undefined && /^(?:y|yes)?$/i.test(answer)
}
