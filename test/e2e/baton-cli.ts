import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { packageFile } from '../../src/process/package-root.js'
import type { RunEvent } from '../../src/event/run-event.js'

export type Files = Record<string, string | object>

/** A folder of inline files in which the real command line is run, as a user would. */
export class Project {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'baton-e2e-'))

  constructor(files: Files) {
    this.write(files)
  }

  write(files: Files): void {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.directory, name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
    }
  }

  read(name: string): string {
    return readFileSync(path.join(this.directory, name), 'utf8')
  }

  /** Events of the newest run. */
  events(): RunEvent[] {
    const lines = this.read('baton-report/latest/events.ndjson').trimEnd().split('\n')
    return lines.map(line => JSON.parse(line) as RunEvent)
  }

  /** Starts `baton …`; its end is awaited with `done`. */
  start(args: string[], env: Record<string, string | undefined> = {}): RunningCli {
    return new RunningCli(this.directory, args, env)
  }

  /** Runs `baton …` to its end. */
  async run(args: string[], env: Record<string, string | undefined> = {}): Promise<CliResult> {
    return this.start(args, env).done
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export interface CliResult {
  exitCode: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export class RunningCli {
  readonly done: Promise<CliResult>
  readonly child: ChildProcess
  #stdout = ''
  #stderr = ''
  readonly #lines: string[] = []
  #onLine: (() => void)[] = []

  constructor(cwd: string, args: string[], env: Record<string, string | undefined>) {
    const main = packageFile('dist', 'src', 'cli', 'main.js')
    this.child = spawn(process.execPath, [main, ...args], {
      cwd,
      env: { ...process.env, CI: undefined, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()))
    this.child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()))
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', line => this.#receive(line))
    this.done = this.#watch()
  }

  /** The first event that fits, of a run that was started with `--json`. */
  async event<T extends RunEvent['type']>(
    type: T,
    fits: (event: Extract<RunEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<RunEvent, { type: T }>> {
    for (let next = 0; ;) {
      for (; next < this.#lines.length; next++) {
        const event = JSON.parse(this.#lines[next] ?? '') as RunEvent
        if (event.type === type && fits(event as Extract<RunEvent, { type: T }>)) {
          next++
          return event as Extract<RunEvent, { type: T }>
        }
      }
      const line = new Promise<'line'>(resolve => this.#onLine.push(() => resolve('line')))
      if ((await Promise.race([line, this.done])) !== 'line') {
        throw new Error(`no event ${type} came; stdout:\n${this.#stdout}\nstderr:\n${this.#stderr}`)
      }
    }
  }

  #receive(line: string): void {
    this.#lines.push(line)
    for (const tell of this.#onLine.splice(0)) tell()
  }

  async #watch(): Promise<CliResult> {
    const [exitCode, signal] = (await once(this.child, 'close')) as [number | null, NodeJS.Signals | null]
    return { exitCode, signal, stdout: this.#stdout, stderr: this.#stderr }
  }
}

/** devices.json with fake devices: as quick as devices get. */
export function fakeFarm(...names: string[]): object {
  return { devices: names.map(name => ({ name, driver: 'fake', reset: 'none' })) }
}
