import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { makeOwnedDirectory, type OwnedDirectory } from '../../src/process/owned-directory.js'
import { registerResource, unregisterResource } from '../../src/process/reaper.js'
import { freePort } from '../../src/process/free-port.js'

/**
 * A private real adb server, with its own port, its own folder for keys and log, and no scan of the usual ports of
 * emulators.
 */
export class AdbServer implements AsyncDisposable {
  #child: ChildProcess

  private constructor(
    readonly port: number,
    readonly directory: OwnedDirectory,
    child: ChildProcess,
  ) {
    this.#child = child
  }

  static async start(): Promise<AdbServer> {
    const directory = await makeOwnedDirectory('adb')
    try {
      await makeAndroidHome(directory.path)
      const port = await freePort()
      return new AdbServer(port, directory, await launch(port, directory.path))
    } catch (error) {
      await directory.remove()
      throw error
    }
  }

  get folder(): string {
    return this.directory.path
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Environment for programs that use this server, without touching the user's. */
  get env(): Record<string, string> {
    return environment(this.port, this.folder)
  }

  /** Runs `adb …` on this server. @throws with its output if it fails */
  async adb(...args: string[]): Promise<string> {
    const child = spawn('adb', ['-P', String(this.port), ...args], {
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ])
    if (code !== 0) throw new Error(`adb ${args.join(' ')} ended with ${code}: ${err}${out}`)
    return out
  }

  /** Kills it, like `adb kill-server`. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
    unregisterResource({ kind: 'group', pgid: this.pid })
  }

  /** Starts it again on the same port. */
  async restart(): Promise<void> {
    await this.kill()
    this.#child = await launch(this.port, this.folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await this.directory.remove()
  }
}

/** Appium looks for `adb` in an SDK's folders, not on the PATH. */
async function makeAndroidHome(folder: string): Promise<void> {
  const places = (process.env['PATH'] ?? '').split(path.delimiter).map(place => path.join(place, 'adb'))
  const found = await Promise.all(
    places.map(place =>
      access(place).then(
        () => place,
        () => undefined,
      ),
    ),
  )
  const adb = found.find(place => place !== undefined)
  if (adb === undefined) throw new Error('adb is not installed: apt-get install adb')
  await mkdir(path.join(folder, 'platform-tools'))
  await symlink(adb, path.join(folder, 'platform-tools', 'adb'))
}

async function launch(port: number, folder: string): Promise<ChildProcess> {
  const args = ['-L', `tcp:localhost:${port}`, 'fork-server', 'server', '--reply-fd', '3']
  const child = spawn('adb', args, {
    env: { ...process.env, ...environment(port, folder) },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // In its own process group, which ends with this process however that ends: an orphaned server would run forever.
    detached: true,
  })
  if (child.pid !== undefined) registerResource({ kind: 'group', pgid: child.pid })
  const errors = text(child.stderr as Readable)
  const said = await text(child.stdio[3] as unknown as Readable)
  if (said.startsWith('OK')) return child
  throw new Error(`adb's server did not start: ${said}${await errors}`)
}

function environment(port: number, folder: string): Record<string, string> {
  return {
    ANDROID_ADB_SERVER_PORT: String(port),
    ADB_LOCAL_TRANSPORT_MAX_PORT: '5554',
    ADB_VENDOR_KEYS: folder,
    ANDROID_HOME: folder,
    ANDROID_SDK_HOME: folder,
    HOME: folder,
    TMPDIR: folder,
  }
}
