import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { HostDevice } from '../../src/lease/host-leases.js'

export interface HostProcessConfig {
  socket: string
  host: string
  devices: readonly HostDevice[]
  ttlMs: number
  /** Whether grants and ends of leases are written to the audit stream; default true. */
  audit?: boolean
}

/**
 * Forks a host; resolves when it has joined or exited.
 * @param onFork - receives the child at once, to be cleaned up even if it never joins
 */
export async function forkHost(
  config: HostProcessConfig,
  onError: (error: string) => void,
  onFork: (child: ChildProcess) => void,
): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('host-process-main.js', import.meta.url)), [JSON.stringify(config)])
  onFork(child)
  await new Promise<void>(resolve => {
    child.on('message', (message: { ready?: boolean; error?: string }) => {
      if (message.error !== undefined) onError(message.error)
      if (message.ready) resolve()
    })
    child.on('exit', () => resolve())
  })
  return child
}
