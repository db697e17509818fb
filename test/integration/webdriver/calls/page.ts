import type { Browser } from '../two-browsers.js'

/** A call of one command: what it resolves to, or its error, is compared. */
export type Call = (browser: Browser) => unknown

/** The page on which all calls are made. */
export const callsPage = `<title>calls</title><meta charset="utf-8">
<style>body { margin: 0 } #box { position: absolute; left: 10px; top: 300px; width: 40px; height: 20px; color: rgb(1, 2, 3) }</style>
<h1 id="title">Calls</h1>
<input id="text" value="old" aria-label="a text">
<input id="check" type="checkbox" checked>
<input id="file" type="file">
<select id="choice"><option value="a">A</option><option value="b">B</option></select>
<button id="button" onclick="this.dataset.clicks = Number(this.dataset.clicks ?? 0) + 1">press</button>
<ul><li id="first">one</li><li id="second">two</li></ul>
<div id="box">box</div>
<iframe id="frame" srcdoc="<p id=inner>inside</p>"></iframe>
<div id="host"><template shadowrootmode="open"><p class="deep">deep</p></template></div>
<a id="link" href="/other">other</a>`

export const element = (browser: Browser, selector = '#title') => browser.$(selector).getElement()

/** The id of an element, for commands of the protocol. */
export const elementId = async (browser: Browser, selector = '#title'): Promise<string> =>
  (await element(browser, selector)).elementId

/** The id of the window, for commands of BiDi. */
export const context = async (browser: Browser): Promise<string> => browser.getWindowHandle()

/** Opens a dialog and leaves it open, because it has a listener. */
export async function openDialog(browser: Browser, text = 'confirm("sure?")'): Promise<unknown> {
  const opened = new Promise(resolve =>
    browser.once('dialog', dialog => resolve([dialog.type(), dialog.message(), dialog.defaultValue()])),
  )
  await browser.executeScript(`setTimeout(() => { ${text} })`, [])
  return opened
}
