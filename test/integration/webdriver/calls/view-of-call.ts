import type { Browser } from '../two-browsers.js'
import type { Call } from './page.js'

/** How a command ended, without what differs in each session: ids, ports, pictures. */
export async function viewOfCall(call: Call, browser: Browser): Promise<unknown> {
  try {
    return { value: comparable(await call(browser), browser) }
  } catch (error) {
    const { name, message } = error as Error
    return { error: name, message: comparable(message.split('\n')[0], browser) }
  }
}

/** Of elements, UUIDs, of windows and sessions, and numbers of realms and browser windows. */
const ids = [
  /f\.[\dA-F]+\.d\.[\dA-F]+\.e\.\d+/g,
  /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/g,
  /\b[\da-f]{32}\b/gi,
  /-?\d{8,}(?:\.-?\d+)?/g,
]

function comparable(value: unknown, browser: Browser): unknown {
  if (value === undefined) return null
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'string' ? comparableText(inner, browser) : typeof inner === 'function' ? 'a function' : inner,
  )
  return JSON.parse(text) as unknown
}

function comparableText(text: string, browser: Browser): string {
  if (/^[\w+/=]{200,}$/.test(text)) return 'base64'
  let found = text.replaceAll(browser.options.baseUrl ?? '', 'PAGE')
  for (const id of ids) found = found.replaceAll(id, 'ID')
  return found
}
