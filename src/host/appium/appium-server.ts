import { fileURLToPath } from 'node:url'
import { BatonError } from '../../error/baton-error.js'
import { makeSocketDirectory } from '../../process/owned-directory.js'
import { spawnOwned, type OwnedProcess } from '../../process/spawn-owned.js'
import { withTimeout } from '../../process/deadline.js'
import { prepareAppiumHome } from './appium-home.js'
import type { AppiumMessage } from './appium-messages.js'

export interface AppiumOptions {
  /** npm packages of the Appium drivers that it loads. */
  driverPackages: readonly string[]
  /** All its output is appended here. */
  logFile: string
  env: Readonly<Record<string, string | undefined>>
  /** Milliseconds until a server that does not listen is given up; default 60,000. */
  startTimeoutMs?: number
}

/** One running Appium server; with it end all its ChromeDrivers and browsers. */
export interface AppiumServer {
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string
  readonly pid: number
  /** Resolves once it ended, with why and its last output. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** Chromium makes this below TMPDIR. */
const browserSocket = 'org.chromium.Chromium.XXXXXX/SingletonSocket'
/** It deletes its sessions on SIGTERM, each of which waits for a browser to end. */
const stopGraceMs = 5000

/** An Appium server whose process is there. */
export interface StartingAppium {
  /** Rejects with a BatonError BATON_APPIUM_FAILED where it ends or does not listen in time. */
  readonly listening: Promise<AppiumServer>
}

/**
 * Starts an Appium server of our own on a free port of the loopback interface.
 * @returns once its process is there: what follows is work of that process, not of this one
 * @throws BatonError BATON_TOOL_MISSING where a driver is not installed
 */
export async function startAppiumServer(options: AppiumOptions): Promise<StartingAppium> {
  const home = await makeSocketDirectory('appium', browserSocket)
  try {
    await prepareAppiumHome(home.path, options.driverPackages)
    const owned = await spawnOwned(process.execPath, [mainFile, home.path], {
      // A configuration file (.appiumrc) is looked for from here upwards.
      cwd: home.path,
      // A browser that is killed leaves its temporary files: in here they go with the server.
      env: { ...options.env, APPIUM_HOME: home.path, TMPDIR: home.path },
      ipc: true,
      logFile: options.logFile,
    })
    const ended = owned.exited.then(async ({ code, signal }) => {
      await home.remove()
      return `Appium ended with ${signal ?? `exit code ${code}`}; its last output:\n${owned.tail()}`
    })
    const listening = listeningPort(owned, options.startTimeoutMs ?? 60_000).then(port => ({
      url: `http://127.0.0.1:${port}`,
      pid: owned.pid,
      ended,
      async stop() {
        await owned.stop(stopGraceMs)
        await ended
      },
    }))
    listening.catch(() => {})
    return { listening }
  } catch (error) {
    await home.remove()
    throw error
  }
}

const mainFile = fileURLToPath(new URL('./appium-main.js', import.meta.url))

async function listeningPort(owned: OwnedProcess, timeoutMs: number): Promise<number> {
  const said = new Promise<AppiumMessage>(resolve => owned.child.once('message', resolve))
  const end = owned.exited.then(({ code, signal }) => `ended with ${signal ?? `exit code ${code}`}`)
  const late = (): string => `did not listen within ${timeoutMs} ms`
  const outcome = await withTimeout(Promise.race([said, end]), timeoutMs, late)
  if (typeof outcome !== 'string' && outcome.type === 'listening') return outcome.port
  await owned.stop(0)
  const how = typeof outcome === 'string' ? outcome : `said: ${outcome.message}`
  throw new BatonError('BATON_APPIUM_FAILED', `Appium did not start: it ${how}; its last output:\n${owned.tail()}`)
}
