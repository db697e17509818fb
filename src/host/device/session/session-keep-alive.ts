import type { HostSession } from '../../../device/driver/host-session.js'
import { repeatEvery, type Repeating } from '../../../process/repeat.js'

const capability = 'appium:newCommandTimeout'
/** Seconds after which a foreign server ends a session whose host was killed. */
const foreignIdleSeconds = 180

/** Our own Appium is supervised, so its sessions need no idle timeout. A foreign server must not keep a session forever. */
export function idleCapability(foreign: boolean): Record<string, unknown> {
  return { [capability]: foreign ? foreignIdleSeconds : 0 }
}

/** Sends a cheap command at a third of the session's idle time, so that a session that holds still is not ended. */
export function keepAlive(session: HostSession, capabilities: Record<string, unknown>): Repeating | undefined {
  const idleSeconds = Number(capabilities[capability])
  if (!(idleSeconds > 0)) return undefined
  return repeatEvery((idleSeconds * 1000) / 3, async () => {
    // If this fails, the next health check notices.
    await session.command('GET', '/timeouts')
  })
}
