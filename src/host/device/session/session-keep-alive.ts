import type { HostSession } from '../../../device/driver/host-session.js'

const capability = 'appium:newCommandTimeout'
/** Seconds after which a foreign server ends a session whose host was killed. */
const foreignIdleSeconds = 180

/** Our own Appium never takes a session for idle: it is supervised. A foreign one must not keep it for ever. */
export function idleCapability(foreign: boolean): Record<string, unknown> {
  return { [capability]: foreign ? foreignIdleSeconds : 0 }
}

export interface KeepAlive {
  stop(): void
}

/** Sends a cheap command at a third of the session's idle time, so that a session that holds still is not ended. */
export function keepAlive(session: HostSession, capabilities: Record<string, unknown>): KeepAlive | undefined {
  const idleSeconds = Number(capabilities[capability])
  if (!(idleSeconds > 0)) return undefined
  // A ping that fails shows at the next check.
  const ping = () => void session.command('GET', '/timeouts').catch(() => {})
  const timer = setInterval(ping, (idleSeconds * 1000) / 3)
  return { stop: () => clearInterval(timer) }
}
