import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { packageFile } from '../../src/process/package-root.js'
import type { RunEvent } from '../../src/event/run-event.js'

/** Text and bytes are written as they are, all else as JSON. */
export type Files = Record<string, string | Buffer | object>

const batonCommand = [process.execPath, packageFile('dist', 'src', 'cli', 'main.js')]

/** A folder of inline files in which the real command line is run, as a user would. */
export class Project {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'baton-e2e-'))
  /** The folder for temporary files of whatever is started here. */
  readonly temporary = path.join(this.directory, 'tmp')
  readonly #started: RunningCli[] = []

  /** @param prefix - program and arguments that start each command, instead of starting it directly */
  constructor(
    files: Files,
    private readonly prefix: readonly string[] = [],
  ) {
    mkdirSync(this.temporary)
    this.write(files)
  }

  write(files: Files): void {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.directory, name)
      mkdirSync(path.dirname(file), { recursive: true })
      const plain = typeof content === 'string' || Buffer.isBuffer(content)
      writeFileSync(file, plain ? content : JSON.stringify(content, undefined, 2))
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
  start(args: string[], env: Record<string, string | undefined> = {}, stdin: 'ignore' | 'pipe' = 'ignore'): RunningCli {
    return this.#spawn([...this.prefix, ...batonCommand, ...args], env, stdin)
  }

  /** The same on another machine. @param prefix - program and arguments that start the command there */
  startOn(prefix: readonly string[], args: string[], env: Record<string, string>): RunningCli {
    return this.#spawn([...prefix, ...batonCommand, ...args], env)
  }

  #spawn(command: string[], env: Record<string, string | undefined>, stdin: 'ignore' | 'pipe' = 'ignore'): RunningCli {
    const cli = new RunningCli(command, { cwd: this.directory, env: { TMPDIR: this.temporary, ...env }, stdin })
    this.#started.push(cli)
    return cli
  }

  /** Starts a command line as a user types it into a shell, with `baton` on the path. */
  startLine(line: string, env: Record<string, string | undefined> = {}): RunningCli {
    const bin = path.join(this.directory, 'bin')
    const main = packageFile('dist', 'src', 'cli', 'main.js')
    mkdirSync(bin, { recursive: true })
    writeFileSync(path.join(bin, 'baton'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 })
    const PATH = `${bin}:${process.env['PATH'] ?? ''}`
    const cli = new RunningCli([...this.prefix, 'sh', '-c', `exec ${line}`], {
      cwd: this.directory,
      env: { TMPDIR: this.temporary, PATH, ...env },
      stdin: 'ignore',
    })
    this.#started.push(cli)
    return cli
  }

  /** Runs `baton …` to its end. */
  async run(args: string[], env: Record<string, string | undefined> = {}): Promise<CliResult> {
    return this.start(args, env).done
  }

  /** Also ends what a test that failed has left running. */
  remove(): void {
    for (const { child } of this.#started) child.kill('SIGKILL')
    // what lost its parent may still be ending
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

export interface CliResult {
  exitCode: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

interface CliOptions {
  cwd: string
  env: Record<string, string | undefined>
  stdin: 'ignore' | 'pipe'
}

export class RunningCli {
  readonly done: Promise<CliResult>
  readonly child: ChildProcess
  #stdout = ''
  #stderr = ''
  readonly #lines: string[] = []
  #onLine: (() => void)[] = []

  constructor([program = '', ...args]: readonly string[], { cwd, env, stdin }: CliOptions) {
    this.child = spawn(program, args, {
      cwd,
      env: {
        ...process.env,
        CI: undefined,
        GITHUB_ACTIONS: undefined,
        GITHUB_STEP_SUMMARY: undefined,
        NO_COLOR: '1',
        ...env,
      },
      stdio: [stdin, 'pipe', 'pipe'],
    })
    // a letter may be of two chunks
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
      for (const tell of this.#onLine.splice(0)) tell()
    })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', line => this.#receive(line))
    this.done = this.#watch()
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('it was not started')
    return this.child.pid
  }

  /** What a run that was started with `--json` has told so far. */
  get events(): RunEvent[] {
    return this.#lines.flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as RunEvent] : []))
  }

  /** How each module ended, by file: every verdict that was reported of it. */
  get verdicts(): Record<string, string[]> {
    const { events } = this
    const listed = events.flatMap(event => (event.type === 'run:start' ? event.modules : []))
    const ends = events.filter(event => event.type === 'module:end')
    return Object.fromEntries(
      listed.map(({ id, file }) => [file, ends.filter(end => end.module === id).map(end => end.verdict)]),
    )
  }

  /** Resolves once it has printed this line. */
  async line(wanted: string): Promise<void> {
    while (!this.#lines.includes(wanted)) await this.#nextLine(`the line '${wanted}'`)
  }

  /** Resolves once its standard error holds this text. */
  async errorText(wanted: string): Promise<void> {
    while (!this.#stderr.includes(wanted)) await this.#nextLine(`the text '${wanted}'`)
  }

  /** What it has printed to its standard error so far. */
  get errorLines(): string[] {
    return this.#stderr.split('\n')
  }

  /** The first event that fits, of a run that was started with `--json`. */
  async event<T extends RunEvent['type']>(
    type: T,
    fits: (event: Extract<RunEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<RunEvent, { type: T }>> {
    for (;;) {
      const found = this.events.find(event => event.type === type && fits(event as Extract<RunEvent, { type: T }>))
      if (found) return found as Extract<RunEvent, { type: T }>
      await this.#nextLine(`an event ${type}`)
    }
  }

  async #nextLine(awaited: string): Promise<void> {
    const line = new Promise<'line'>(resolve => this.#onLine.push(() => resolve('line')))
    if ((await Promise.race([line, this.done])) === 'line') return
    throw new Error(`${awaited} did not come; stdout:\n${this.#stdout}\nstderr:\n${this.#stderr}`)
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
