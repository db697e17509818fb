import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { AdbServer } from './adb-server.js'
import { phoneClient, type PhoneClient } from './client.js'
import type { Announcement } from './control-calls.js'
import type { PhonesOptions } from './phones-in-process.js'

/** Simulated phones in another process, attached to an adb server. */
export interface Phones extends AsyncDisposable {
  readonly adbPort: number
  /** The private adb server; undefined if a port was given. */
  readonly adbServer: AdbServer | undefined
  readonly phones: readonly PhoneClient[]
  /** Process id of the phones. */
  readonly pid: number
  stop(): Promise<void>
}

export type StartPhonesOptions = Omit<PhonesOptions, 'adbPort'> & {
  /** Port of a running adb server; default: a private one, which ends with the phones. */
  adbPort?: number
}

/**
 * Starts simulated phones in another process, which ends with this one at the latest. Resolves when adb has the phones
 * online; phones that wait for `adb connect` are not connected yet.
 */
export async function startPhones(options: StartPhonesOptions): Promise<Phones> {
  const adbServer = options.adbPort === undefined ? await AdbServer.start() : undefined
  const adbPort = adbServer?.port ?? options.adbPort ?? 0
  const main = fileURLToPath(new URL('./phones-main.js', import.meta.url))
  const rack: PhonesOptions = { ...options, adbPort }
  // Its errors belong in the test's output.
  const child = spawn(process.execPath, [main, '--json', JSON.stringify(rack)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const stop = async (): Promise<void> => {
    await end(child)
    await adbServer?.[Symbol.asyncDispose]()
  }
  try {
    const { control, phones } = await readAnnouncement(child)
    const clients = phones.map(({ serial, manufacturer, model }) =>
      phoneClient(control, { serial, manufacturer, model }),
    )
    if (rack.style !== 'connect') await Promise.all(clients.map(client => client.connected()))
    return { adbPort, adbServer, phones: clients, pid: child.pid ?? 0, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function readAnnouncement(child: ChildProcess): Promise<Announcement> {
  const lines = child.stdout ? createInterface({ input: child.stdout }) : undefined
  for await (const line of lines ?? []) return JSON.parse(line) as Announcement
  throw new Error('the simulated phones did not start')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.stdin?.end()
  await exited
}
