import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { BatonError } from '../../error/baton-error.js'
import { makeSocketDirectory } from '../../process/owned-directory.js'
import { spawnOwned, type OwnedProcess } from '../../process/spawn-owned.js'
import { withTimeout } from '../../process/deadline.js'
import { prepareAppiumHome } from './appium-home.js'

/** What the server's process sends to its host. */
const appiumMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening'), url: z.string() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
])
export type AppiumMessage = z.infer<typeof appiumMessageSchema>

export interface AppiumOptions {
  /** npm packages of the Appium drivers that it loads. */
  driverPackages: readonly string[]
  /** All its output is appended here. */
  logFile: string
  env: Readonly<Record<string, string | undefined>>
  /** Milliseconds until the server must listen; default 60,000. */
  startTimeoutMs?: number
}

/** One running Appium server. Its ChromeDrivers and browsers end with it. */
export interface AppiumServer {
  /** `http://<user>:<password>@127.0.0.1:<port>`: the password is of this start. Never log it. */
  readonly url: string
  readonly pid: number
  /** Resolves once it ended, with why and its last output. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** Chromium creates this in TMPDIR. */
const browserSocket = 'org.chromium.Chromium.XXXXXX/SingletonSocket'
/** On SIGTERM it deletes its sessions, and waits for the browser of each. Milliseconds. */
const stopGraceMs = 5000

/** An Appium server whose process runs. */
export interface StartingAppium {
  /** Rejects with a BatonError BATON_APPIUM_FAILED if it ends, or does not listen in time. */
  readonly listening: Promise<AppiumServer>
  /** Ends it before it listens. */
  readonly cancel: () => void
}

/**
 * Starts an Appium server of our own on a free port of the loopback interface. It serves only who knows its URL.
 * @returns once its process runs
 * @throws BatonError BATON_TOOL_MISSING if a driver is not installed
 */
export async function startAppiumServer(options: AppiumOptions): Promise<StartingAppium> {
  const home = await makeSocketDirectory('appium', browserSocket)
  try {
    await prepareAppiumHome(home.path, options.driverPackages)
    const owned = await spawnOwned(process.execPath, [mainFile, home.path], {
      // Appium looks for a configuration file (.appiumrc) from here upwards.
      cwd: home.path,
      // A browser that is killed leaves temporary files behind: here they are removed with the server.
      env: { ...options.env, APPIUM_HOME: home.path, TMPDIR: home.path },
      ipc: true,
      logFile: options.logFile,
    })
    const ended = owned.exited.then(async ({ code, signal }) => {
      // A browser that left the process group may still write there. The reaper removes the rest.
      await home.remove().catch(() => {})
      return `Appium ended with ${signal ?? `exit code ${code}`}; its last output:\n${owned.tail()}`
    })
    const listening = listeningUrl(owned, options.startTimeoutMs ?? 60_000).then(url => ({
      url,
      pid: owned.pid,
      ended,
      async stop() {
        await owned.stop(stopGraceMs)
        await ended
      },
    }))
    listening.catch(() => {})
    return { listening, cancel: () => void owned.stop(0) }
  } catch (error) {
    await home.remove()
    throw error
  }
}

const mainFile = fileURLToPath(new URL('./appium-main.js', import.meta.url))

async function listeningUrl(owned: OwnedProcess, timeoutMs: number): Promise<string> {
  const reported = new Promise<AppiumMessage>(resolve => {
    owned.child.once('message', message => {
      const parsed = appiumMessageSchema.safeParse(message)
      resolve(parsed.data ?? { type: 'failed', message: `an unknown message: ${JSON.stringify(message)}` })
    })
  })
  const end = owned.exited.then(({ code, signal }) => `ended with ${signal ?? `exit code ${code}`}`)
  const late = (): string => `did not listen within ${timeoutMs} ms`
  const outcome = await withTimeout(Promise.race([reported, end]), timeoutMs, late)
  if (typeof outcome !== 'string' && outcome.type === 'listening') return outcome.url
  await owned.stop(0)
  const how = typeof outcome === 'string' ? outcome : `reported: ${outcome.message}`
  throw new BatonError('BATON_APPIUM_FAILED', `Appium did not start: it ${how}; its last output:\n${owned.tail()}`)
}
