import type { SourceLocation } from '../error/baton-error.js'
import { firstUserPlace } from '../error/stack-frames.js'
import type { StackReader } from './caller-place.js'
import { callsOf } from './call-sites.js'
import type { ScopeOwner } from './device-scope.js'
import type { CallSite, SentCommand } from './sent-command.js'
import { plainStack } from './stack-depth.js'

/** A call of a script, by the name of the function that the script called, if known. */
export interface NamedCall {
  called: string
  place?: SourceLocation
}

/** Names the function that the user called to send a command, if known: one `url` sends many commands. */
export function describeCommand(reader: StackReader, { command, callSites }: SentCommand): NamedCall {
  for (const site of callSites) {
    const place = placeOfCallSite(reader, site)
    if (place) return { called: calledBy(reader, plainStack(site)) ?? site.called ?? usualCaller(command), place }
  }
  return { called: usualCaller(command) }
}

/** WebdriverIO's functions that only send a command, and are no longer on the stack when it is sent. */
const usualCallers: Readonly<Record<string, string>> = {
  elementClick: 'click',
  elementClear: 'clearValue',
  elementSendKeys: 'addValue',
  getElementText: 'getText',
  getElementAttribute: 'getAttribute',
  getElementProperty: 'getProperty',
  getElementTagName: 'getTagName',
  getElementCSSValue: 'getCSSProperty',
  getElementRect: 'getSize',
  isElementSelected: 'isSelected',
  isElementEnabled: 'isEnabled',
  isElementDisplayed: 'isDisplayed',
  findElement: '$',
  findElements: '$$',
  findElementFromElement: '$',
  findElementsFromElement: '$$',
  'browsingContext.locateNodes': '$',
  navigateTo: 'url',
  executeScript: 'execute',
  executeAsyncScript: 'executeAsync',
}

function usualCaller(command: string): string {
  return Object.hasOwn(usualCallers, command) ? (usualCallers[command] ?? command) : command
}

/** Returns what a test or hook is waiting for: the oldest command that is not answered, or the oldest wait. */
export function pendingCall(reader: StackReader, owner: ScopeOwner): NamedCall | undefined {
  const { inFlight, waits } = callsOf(owner)
  const [sent] = inFlight
  if (sent) return describeCommand(reader, sent)
  const [wait] = waits
  if (!wait) return undefined
  // A wait on an element starts when the element is found: then the script's last call was the one that named it.
  const place = placeOfCallSite(reader, wait) ?? lastCallPlace(reader, owner)
  return { called: calledBy(reader, plainStack(wait)) ?? wait.called ?? 'waitUntil', ...(place ? { place } : {}) }
}

/** Returns where the script of a test or hook last called WebdriverIO. */
export function lastCallPlace(reader: StackReader, owner: ScopeOwner): SourceLocation | undefined {
  const { lastCommand, lastCallSite } = callsOf(owner)
  const sites = [...(lastCommand?.callSites ?? []), ...(lastCallSite ? [lastCallSite] : [])]
  for (const site of sites) {
    const place = placeOfCallSite(reader, site)
    if (place) return place
  }
  return undefined
}

/** Returns the user's line in the stack of a call. */
export function placeOfCallSite(reader: StackReader, site: CallSite): SourceLocation | undefined {
  return firstUserPlace(reader.mapStack(plainStack(site)))
}

/** `    at async Browser.url (…/node_modules/webdriverio/build/node.js:6373:37)` */
const libraryFrame = /^\s*at (?:async )?\w+\.([\w$]+) \(.*[\\/]node_modules[\\/](?:webdriverio|expect-webdriverio)[\\/]/
const wrappers = new Set(['elementErrorHandlerCallbackFn', 'value'])

/** Returns the WebdriverIO function that the user's line called: the outermost one on the stack. */
function calledBy(reader: StackReader, stack: string): string | undefined {
  const frames = stack.split('\n')
  const inside = frames.slice(
    0,
    frames.findIndex(frame => frame.includes(reader.fileName)),
  )
  return inside
    .toReversed()
    .map(frame => libraryFrame.exec(frame)?.[1])
    .find(name => name !== undefined && !wrappers.has(name))
}
