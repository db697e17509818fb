import type { LeasedBrowser } from './leased-browser.js'
import { finger, mouse, type Origins } from './leave-state.js'

/** The page hears a moment later that its tab is in front. */
const waitForFocus = `for (let time = 0; time < 100 && !document.hasFocus(); time++) await new Promise(done => setTimeout(done, 10))`

/** Everything that can be seen of the states of states.ts. Leaves nothing itself that a reset does not put back. */
export async function lookForState(browser: LeasedBrowser, origins: Origins): Promise<Record<string, unknown>> {
  const events: unknown[] = []
  browser.onEvent(event => events.push(event))
  const focus = await browser.run(`${waitForFocus}; return document.hasFocus()`)
  // A page in the background gets no touch events.
  await browser.cdp('Page.bringToFront')
  const timeouts = await browser.command('GET', '/timeouts')
  const rect = await browser.command('GET', '/window/rect')
  const windows = ((await browser.command('GET', '/window/handles')) as string[]).length
  const storages: Record<string, unknown> = {}
  for (const name of ['link', 'redirect', 'popup', 'named'] as const) {
    await browser.open(origins[name].url)
    storages[name] = await browser.run('return stored()')
  }
  storages['frame'] = await browser.run(`return inFrame(${JSON.stringify(`${origins.frame.url}#stored`)})`)
  const key = (type: string) => ({ type, value: 'a' })
  await browser.run(`field.focus(); addEventListener('touchstart', event => { window.touches = event.touches.length })
    addEventListener('mousemove', event => { window.buttons = event.buttons })`)
  await browser.command('POST', '/actions', {
    actions: [
      { type: 'key', id: 'keyboard', actions: [key('keyDown'), key('keyUp')] },
      finger(
        2,
        { type: 'pointerMove', x: 99, y: 199 },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ),
      mouse({ type: 'pointerMove', x: 50, y: 150 }),
    ],
  })
  const page = (await browser.run(`
    console.log('looking')
    const state = async name => (await navigator.permissions.query({ name })).state
    const headers = await (await fetch('/headers')).json()
    await (await fetch('/cached')).text()
    return { typed: field.value, touches: window.touches, buttons: window.buttons, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      locale: Intl.DateTimeFormat().resolvedOptions().locale, agent: navigator.userAgent, width: innerWidth,
      dark: matchMedia('(prefers-color-scheme: dark)').matches, cores: navigator.hardwareConcurrency,
      orientation: screen.orientation.type, cdpHeader: headers['x-cdp'], bidiHeader: headers['x-bidi'],
      cdpScript: window.cdpScript, bidiScript: window.bidiScript, binding: typeof binding, online: navigator.onLine,
      geolocation: await state('geolocation'), midi: await state('midi'), notifications: await state('notifications'),
      fromCache: performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/cached')).transferSize === 0 }
  `)) as Record<string, unknown>
  await browser.command('POST', '/permissions', { descriptor: { name: 'clipboard-read' }, state: 'granted' })
  const clipboard = await browser.run(`${waitForFocus}; return navigator.clipboard.readText()`)
  return { focus, clipboard, timeouts, rect, windows, ...storages, ...page, events: events.length }
}
