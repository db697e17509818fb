import { z } from 'zod'
import type { WebDriverEndpoint } from '../../src/device/driver/session-capability.js'

/** The answer of ChromeDriver to `GET /sessions`. */
const sessionList = z.object({ value: z.array(z.object({ id: z.string() })).length(1) })
/** Milliseconds; it answers from memory. */
const answerMs = 2_000

/**
 * Finds the ChromeDriver that Appium started for a session. It has one session, whose id differs from Appium's.
 * @param capabilities - as requested, with ChromeDriver's port
 * @returns undefined if it does not answer: Appium then takes all commands
 */
export async function chromedriverEndpoint(
  capabilities: Record<string, unknown>,
): Promise<WebDriverEndpoint | undefined> {
  const url = `http://127.0.0.1:${Number(capabilities['appium:chromedriverPort'])}`
  try {
    const answer = await fetch(`${url}/sessions`, { signal: AbortSignal.timeout(answerMs) })
    const [session] = sessionList.parse(await answer.json()).value
    return session && { url, sessionId: session.id }
  } catch {
    return undefined
  }
}
