import { z } from 'zod'
import type { BidiMessage } from './gateway-bidi-cleanup.js'

/** No protocol has this many commands: more names mean that a script invents them. */
const maxNames = 2000

/**
 * The names of the commands that scripts sent to a session since its last reset. From them, the driver knows what a reset has
 * to put back, and whether it can. Names are `POST /url` for WebDriver, `BiDi browsingContext.navigate`, and `CDP Page.enable`
 * for a DevTools command, however it was sent.
 */
export class CommandNames {
  readonly #names = new Set<string>()

  get names(): ReadonlySet<string> {
    return this.#names
  }

  add(name: string): void {
    if (this.#names.size < maxNames) this.#names.add(name)
    else this.#names.add(`more than ${maxNames} different commands`)
  }

  clear(): void {
    this.#names.clear()
  }
}

/** The name of what opens such a URL, by whatever command. */
export const urlWithCredentials = 'a URL with credentials'
/** The BiDi event by which a page's requests are seen. WebdriverIO subscribes to it in every session. */
export const requestEvent = 'network.beforeRequestSent'

const cdpPaths = new Set(['/goog/cdp/execute', '/chromium/send_command', '/chromium/send_command_and_get_result'])
/** The segment after these names one element, cookie, … and not a command. */
const parameter =
  /\/(element|shadow|cookie|attribute|property|css|authenticator|credentials|sensor|pressuresource)\/[^/]+/g

/** Whether the name of a WebDriver command depends on its body. */
export function isNamedByBody(method: string, path: string): boolean {
  return method === 'POST' && (path === '/url' || cdpPaths.has(path))
}

/**
 * Names a WebDriver command.
 * @param path - below the session, without slashes at the end
 * @param body - if `isNamedByBody`; undefined if it could not be read
 */
export function webdriverCommandName(method: string, path: string, body?: unknown): string {
  if (cdpPaths.has(path)) return cdpCommandName(field(body, 'cmd'))
  if (path === '/url' && hasCredentials(field(body, 'url'))) return urlWithCredentials
  return `${method} ${path.replace(parameter, '/$1/:id')}`
}

export function bidiCommandName({ method = '', params }: BidiMessage): string {
  if (method.endsWith('cdp.sendCommand')) {
    // Without a session it is sent to the browser itself, whose settings no window takes along when it closes.
    return typeof params?.['session'] === 'string' ? cdpCommandName(params['method']) : 'CDP command to the browser'
  }
  if (method === 'browsingContext.navigate' && hasCredentials(params?.['url'])) return urlWithCredentials
  return `BiDi ${method}`
}

/** Whether a page sent a request whose URL has a user and a password: the browser keeps them. */
export function showsCredentials({ method, params }: BidiMessage): boolean {
  return method === requestEvent && hasCredentials(field(params?.['request'], 'url'))
}

function cdpCommandName(command: unknown): string {
  return typeof command === 'string' ? `CDP ${command}` : 'CDP command that could not be read'
}

function hasCredentials(url: unknown): boolean {
  if (typeof url !== 'string' || !URL.canParse(url)) return false
  const { username, password } = new URL(url)
  return username !== '' || password !== ''
}

const recordSchema = z.record(z.string(), z.unknown())

function field(body: unknown, name: string): unknown {
  return recordSchema.safeParse(body).data?.[name]
}
