/** Ways in which a module leaves state in a browser. */
import type { LeasedBrowser } from './leased-browser.js'
import type { StatePages } from './state-pages.js'

/** Servers by how a module reaches them. */
export type Origins = Record<'named' | 'link' | 'redirect' | 'frame' | 'popup', StatePages>

export interface State {
  what: string
  leave: (browser: LeasedBrowser, origins: Origins) => Promise<unknown>
  /** Key of what `lookForState` finds changed by it. Absent: a browser that still has it can't load a page at all. */
  seen?: string
}

export const cdp =
  (command: string, params: object = {}) =>
  async (browser: LeasedBrowser) =>
    browser.cdp(command, params)
export const bidi =
  (command: string, params: object = {}) =>
  async (browser: LeasedBrowser) =>
    browser.bidi(command, params)
export const webdriver =
  (path: string, body: object = {}) =>
  async (browser: LeasedBrowser) =>
    browser.command('POST', path, body)
/** In a tab of its own, which then no longer answers. */
export const inTab =
  (...deeds: ((browser: LeasedBrowser) => Promise<unknown>)[]) =>
  async (browser: LeasedBrowser) => {
    await browser.newTab()
    for (const deed of deeds) await deed(browser)
  }
export const leaveIn = async (browser: LeasedBrowser, url: string, how: string) => {
  await browser.run(how.replace('URL', JSON.stringify(`${url}#leave`)))
}
export const everywhere = { userContexts: ['default'] }
export const keys = (...actions: object[]) =>
  webdriver('/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] })

export function finger(id: number, ...actions: object[]): object {
  return { type: 'pointer', id: `finger ${id}`, parameters: { pointerType: 'touch' }, actions }
}

export function mouse(...actions: object[]): object {
  return { type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions }
}

export function leaveAt(origin: keyof Origins): State['leave'] {
  return async (browser, origins) => {
    await browser.open(origins[origin].url)
    await browser.run('return leave()')
  }
}

export function leaveThrough(origin: keyof Origins, script: string): State['leave'] {
  return async (browser, origins) => {
    await browser.open(origins.named.url)
    await leaveIn(browser, origins[origin].url, script)
    await browser.run(`while (document.title !== 'done') await new Promise(done => setTimeout(done, 10))`)
  }
}
