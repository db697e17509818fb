import { freePort } from '../../src/process/free-port.js'

/** Enough for the last openings of many phones. */
const remembered = 1_000
const recent = new Set<number>()

/**
 * A port that leads to a phone for one session. Never one that was given lately: the UiAutomator2 driver ends the forward of
 * a session whose phone has left only when it notices, and would then cut off whoever has the port by that time.
 */
export async function freshSystemPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (recent.has(port)) continue
    recent.add(port)
    const [oldest] = recent
    if (recent.size > remembered && oldest !== undefined) recent.delete(oldest)
    return port
  }
}
