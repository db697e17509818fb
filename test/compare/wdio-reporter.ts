import { EventEmitter } from 'node:events'
import { appendFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import path from 'node:path'

/** What WebdriverIO passes to reporters of a suite, test or hook. */
interface Payload {
  title?: string
  file?: string
  specs?: string[]
  error?: { message?: string }
}

/** A reporter of WebdriverIO that writes what happened to each test as JSON lines. */
export class CompareReporter extends EventEmitter {
  /** WebdriverIO waits for it at the end. */
  readonly isSynchronised = true
  readonly #suites: string[] = []

  constructor(readonly options: { output: string; folder: string }) {
    super()
    this.on('suite:start', (suite: Payload) => this.#suites.push(suite.title ?? ''))
    this.on('suite:end', () => this.#suites.pop())
    this.on('test:pass', (test: Payload) => this.#write(test, 'passed'))
    this.on('test:pending', (test: Payload) => this.#write(test, 'pending'))
    this.on('test:fail', (test: Payload) => this.#write(test, 'failed'))
    this.on('hook:end', (hook: Payload) => {
      if (hook.error) this.#write(hook, 'failed')
    })
    this.on('runner:end', (runner: { error?: string; specs?: string[] }) => {
      if (runner.error !== undefined) this.#write({ title: '(module)', error: { message: runner.error } }, 'failed')
    })
  }

  #write({ title = '', file, specs, error }: Payload, state: string): void {
    const spec = file ?? specs?.[0] ?? ''
    const absolute = spec.startsWith('file:') ? fileURLToPath(spec) : spec
    const record = {
      file: path.relative(this.options.folder, absolute),
      title: [...this.#suites, title].filter(part => part !== '').join(' '),
      state,
      ...(error && { message: error.message ?? '' }),
    }
    appendFileSync(this.options.output, `${JSON.stringify(record)}\n`)
  }
}
