import type { IncomingHttpHeaders } from 'node:http'

/** What scripts request by themselves, and WebSockets. */
const scriptDestinations = new Set(['empty', 'websocket'])
const resourceTypes = /^(?:text\/html|application\/xhtml|text\/css|image\/|font\/|audio\/|video\/)/
const resourceNames = /\.(?:m?js|css|html?|png|jpe?g|gif|svg|webp|ico|woff2?|ttf|wasm|map|webmanifest)$/i

/**
 * Whether a request loads a part of a page, such as a document, script, style or image: its order says nothing about the app.
 * Browsers name the destination of a request, but only to servers whose addresses they trust.
 */
export function isPageResource(headers: IncomingHttpHeaders, path: string): boolean {
  const destination = headers['sec-fetch-dest']
  if (typeof destination === 'string') return !scriptDestinations.has(destination)
  if (headers['upgrade-insecure-requests'] !== undefined) return true
  return resourceTypes.test(headers.accept ?? '') || resourceNames.test(path)
}
