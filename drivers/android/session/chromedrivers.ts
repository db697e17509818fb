import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, stat, symlink } from 'node:fs/promises'
import { basename, delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { BatonError } from '../../../src/error/baton-error.js'
import { isExecutable } from '../adb/find-adb.js'

type Environment = Readonly<Record<string, string | undefined>>

const hint = 'name a ChromeDriver, or a folder that holds several, each by any name; or leave "chromedriver" out'

/**
 * The ChromeDrivers that a phone's webviews may be driven by, in a folder of the phone's own. Appium asks each for its
 * version and takes the one that fits the webview; that they run from here tells them from those of other phones.
 */
export class Chromedrivers {
  private constructor(readonly directory: string) {}

  /**
   * @param wanted - a file, or a folder of files; default: `chromedriver` on the PATH, or none
   * @param directory - where the folder is made, afresh: one of an earlier try may be there
   * @throws BatonError BATON_TOOL_MISSING where what was asked for is no ChromeDriver's place
   */
  static async link(wanted: string | undefined, env: Environment, directory: string): Promise<Chromedrivers> {
    const folder = join(directory, 'chromedrivers')
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    const found = wanted === undefined ? await onPath(env) : await executablesAt(resolve(wanted))
    if (wanted !== undefined && found.length === 0) {
      throw new BatonError('BATON_TOOL_MISSING', `no ChromeDriver at ${wanted}: nothing there can be executed`, {
        hint,
      })
    }
    await Promise.all(found.map(async file => symlink(file, join(folder, basename(file)))))
    return new Chromedrivers(folder)
  }

  /** Ends by force those that run, whatever they wait for. */
  async killAll(): Promise<void> {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=', '-o', 'args='], { maxBuffer: 2 ** 26 })
    for (const line of stdout.split('\n')) {
      const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
      // A script is named after its interpreter.
      const argument = command.slice(command.indexOf(' ') + 1)
      if ([command, argument].some(text => text.startsWith(`${this.directory}/`))) kill(Number(pid))
    }
  }
}

async function onPath(env: Environment): Promise<string[]> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean)
  for (const folder of folders) {
    const [found] = await executablesAt(join(folder, 'chromedriver'))
    if (found !== undefined) return [found]
  }
  return []
}

/** The file itself, or those in the folder. */
async function executablesAt(path: string): Promise<string[]> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true
  const files = isFolder ? (await readdir(path)).map(name => join(path, name)) : [path]
  const usable = await Promise.all(
    files.map(async file =>
      (await stat(file).catch(() => undefined))?.isFile() && (await isExecutable(file)) ? [file] : [],
    ),
  )
  return usable.flat()
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
