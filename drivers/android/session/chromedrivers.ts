import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, stat, symlink } from 'node:fs/promises'
import { basename, delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { BatonError } from '../../../src/error/baton-error.js'
import { isExecutable } from '../adb/find-adb.js'

type Environment = Readonly<Record<string, string | undefined>>

const hint = 'set it to a ChromeDriver or to a folder of several (any file names), or remove "chromedriver"'

/**
 * The ChromeDrivers for the webviews of one phone, in a folder of its own. Appium asks each for its version and uses the one that
 * fits the webview. The folder distinguishes running ChromeDrivers from those of other phones.
 */
export class Chromedrivers {
  private constructor(readonly directory: string) {}

  /**
   * Links the ChromeDrivers into a new folder.
   * @param wanted - a file, or a folder of files; default: `chromedriver` on the PATH, if any
   * @param directory - parent of the folder, which replaces one of an earlier attempt
   * @throws BatonError BATON_TOOL_MISSING if `wanted` contains no executable
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

  /** Kills those that are running. */
  async killAll(): Promise<void> {
    const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=', '-o', 'args='], { maxBuffer: 2 ** 26 })
    for (const line of stdout.split('\n')) {
      const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
      // The command line of a script starts with its interpreter.
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

/** The file itself, or the files in the folder. */
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
    // It has ended already.
  }
}
