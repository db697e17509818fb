import { realpath } from 'node:fs/promises'
import { startMessageSender } from '../../run/warm-farm/start-farm.js'
import { serveFarm } from '../../run/warm-farm/serve-farm.js'
import { privateHostCommand } from '../open-farm.js'
import { readFarmFile } from '../read-farm-file.js'
import { shown } from '../secrets.js'
import { onStopSignals } from '../signals.js'
import { exclusiveParts, factsOf } from './reach-farm.js'

export interface ServeFlags {
  devices: string
  headed?: boolean
  /** Milliseconds. */
  idleTimeout: number
}

/** `baton farm serve`: the process of a warm farm. Another command starts it, and is notified when it is ready. */
export async function serveCommand({ devices, headed = false, idleTimeout }: ServeFlags): Promise<number> {
  const directory = await realpath(process.cwd())
  const ending = new AbortController()
  onStopSignals({
    onStop: signal => ending.abort(`stopped by ${signal}`),
    // Its reaper cleans up.
    onStopNow: () => process.exit(1),
  })
  const starter = startMessageSender(() => ending.abort('the command that started it has died'))
  try {
    const config = await readFarmFile(devices)
    const outcome = await serveFarm({
      directory,
      facts: factsOf({ cwd: directory, config, headed }),
      exclusive: exclusiveParts(config),
      idleMs: idleTimeout,
      servers: Object.fromEntries(Object.entries(config.servers).filter(([, { keep }]) => keep)),
      hostCommand: privateHostCommand(devices, headed),
      env: process.env,
      onHostMessage: line => starter.send({ type: 'line', line }),
      onReady: () => starter.send({ type: 'ready' }),
      stop: ending.signal,
      log: line => void process.stderr.write(`${shown(`baton farm: ${line}`)}\n`),
    })
    if (outcome === 'taken') starter.send({ type: 'taken' })
    return 0
  } catch (error) {
    if (ending.signal.aborted) return 0
    starter.fail(error)
    throw error
  } finally {
    starter.close()
  }
}
