import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('../../../../', import.meta.url))
const programs = ['redis-server', 'chromium', 'chromedriver', 'adb']

/** What setup is told of its machine; the rest is as on Debian, as root. */
export interface World {
  isRoot?: boolean
  isTerminal?: boolean
  osRelease?: string
}

export interface Outcome {
  code: number | null
  signal: NodeJS.Signals | null
  stderr: string
}

/** A setup that runs. */
export interface Running {
  child: ChildProcess
  ended: Promise<Outcome>
  /** Resolves when stderr holds the text. */
  says(text: string): Promise<void>
}

/**
 * A small project in a temporary folder, with the real scripts and the real compiler, on a machine made of stubs: its PATH
 * has nothing but what a test puts there. The stubs stand for what a test can't have: package managers and root.
 */
export class Clone {
  readonly root = mkdtempSync(join(tmpdir(), 'baton-setup-test-'))
  readonly #bin = join(this.root, 'machine')
  readonly #calls = join(this.root, 'calls.log')
  readonly #children = new Set<ChildProcess>()
  readonly #gates: Server[] = []

  constructor() {
    this.write('machine/package.json', JSON.stringify({ type: 'commonjs' }))
    cpSync(join(project, 'scripts'), join(this.root, 'scripts'), { recursive: true })
    this.write('package.json', JSON.stringify({ type: 'module' }))
    this.write('package-lock.json', JSON.stringify({ packages: { '': {} } }))
    const compilerOptions = {
      rootDir: '.',
      outDir: 'dist',
      incremental: true,
      tsBuildInfoFile: 'dist/.tsbuildinfo',
      types: [],
    }
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }))
    this.write('src/main.ts', 'export const answer: number = 42\n')
    this.stub('npm', npmStub)
    this.stub('apt-cache', '')
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, path, '..'), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path))
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true })
  }

  /** Puts a program on the PATH: JavaScript with `args`, `install(...names)` and the modules `fs` and `net`. */
  stub(name: string, code: string): void {
    const file = join(this.#bin, name)
    writeFileSync(file, `#!${process.execPath}\n${stubPrelude(this.#bin, this.#calls, name)}\n${code}\n`)
    chmodSync(file, 0o755)
  }

  /** Makes all programs that Baton needs appear on the PATH. */
  installPrograms(): void {
    for (const name of programs) this.stub(name, '')
  }

  /** Every call of a stub so far, oldest first: program and arguments. */
  calls(): string[] {
    return existsSync(this.#calls) ? readFileSync(this.#calls, 'utf8').trimEnd().split('\n') : []
  }

  start(world: World = {}, env: Record<string, string> = {}): Running {
    const osReleaseFile = join(this.root, 'os-release')
    writeFileSync(osReleaseFile, world.osRelease ?? 'ID=debian\n')
    const told = {
      isRoot: true,
      isTerminal: false,
      ...world,
      root: this.root,
      platform: 'linux',
      applications: '',
      osReleaseFile,
    }
    const code = `import { setUp } from './scripts/setup/set-up.mjs'
      process.exitCode = await setUp({ ...${JSON.stringify(told)}, env: process.env })`
    return this.#spawn(['--input-type=module', '-e', code], env)
  }

  setUp(world?: World, env?: Record<string, string>): Promise<Outcome> {
    return this.start(world, env).ended
  }

  /** The script itself, as `npm start` calls it. */
  script(env: Record<string, string>): Promise<Outcome> {
    return this.#spawn(['scripts/setup.mjs'], env).ended
  }

  /** A gate that `npm ci` waits at, when setup runs with `env`. */
  async gate(): Promise<{ env: Record<string, string>; reached: Promise<Socket> }> {
    const server = createServer()
    this.#gates.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const reached = once(server, 'connection').then(([socket]) => socket as Socket)
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    return { env: { NPM_GATE: port }, reached }
  }

  async dispose(): Promise<void> {
    for (const gate of this.#gates) gate.close()
    for (const child of this.#children) {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    rmSync(this.root, { recursive: true, force: true })
  }

  #spawn(args: string[], env: Record<string, string>): Running {
    const child = spawn(process.execPath, args, {
      cwd: this.root,
      env: { HOME: this.root, TMPDIR: tmpdir(), PATH: this.#bin, ...env },
      stdio: ['pipe', 'inherit', 'pipe'],
    })
    this.#children.add(child)
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    const ended = new Promise<Outcome>(resolve =>
      child.once('close', (code, signal) => resolve({ code, signal, stderr })),
    )
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => stderr.includes(text) && resolve()
        child.stderr.on('data', look)
        child.once('close', () => reject(new Error(`ended without saying '${text}':\n${stderr}`)))
        look()
      })
    return { child, ended, says }
  }
}

const stubPrelude = (bin: string, calls: string, name: string) => `
const fs = require('node:fs'), net = require('node:net')
const args = process.argv.slice(2)
if (!process.env.QUIET) fs.appendFileSync(${JSON.stringify(calls)}, [${JSON.stringify(name)}, ...args].join(' ') + '\\n')
const install = (...names) => names.forEach(name => fs.writeFileSync(${JSON.stringify(bin)} + '/' + name, '#!/bin/sh\\n', { mode: 0o755 }))`

// What `npm ci` does in order: removes all, installs, and writes its record last.
const npmStub = `
fs.rmSync('node_modules', { recursive: true, force: true })
fs.mkdirSync('node_modules')
const finish = () => {
  fs.symlinkSync(${JSON.stringify(join(project, 'node_modules', 'typescript'))}, 'node_modules/typescript')
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: {} }))
  process.exit()
}
if (process.env.NPM_GATE) net.connect(Number(process.env.NPM_GATE), '127.0.0.1').on('data', finish)
else finish()`
