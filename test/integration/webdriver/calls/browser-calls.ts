/// <reference lib="dom" />
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser } from '../two-browsers.js'
import { openDialog, type Call } from './page.js'

/** Runs `act` with a file that does not outlive it. */
async function withFile(name: string, act: (file: string) => Promise<unknown>): Promise<unknown> {
  const folder = await mkdtemp(path.join(tmpdir(), 'baton-calls-'))
  try {
    return await act(path.join(folder, name))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const saved = async (file: string, save: () => Promise<unknown>): Promise<unknown> => {
  const result = await save()
  return [Buffer.isBuffer(result), (await stat(file)).size > 0]
}

/** In the page. */
const byId = (id: string) => [document.querySelector(`#${id}`)]

/** Commands that WebdriverIO itself adds to a browser. */
export const browserCalls: Record<string, Call> = {
  url: async b => {
    const request = await b.url('/')
    return [request?.url, request?.response?.status]
  },
  $: async b => (await b.$('#title').getElement()).selector,
  $$: async b => (await b.$$('li').getElements()).length,
  custom$: async b => {
    b.addLocatorStrategy('byId', byId as never)
    return b.custom$('byId', 'first').getText()
  },
  custom$$: async b => (await b.custom$$('byId', 'first').getElements()).length,
  addLocatorStrategy: b => b.addLocatorStrategy('byId', byId as never),
  react$: b => b.react$('None').isExisting(),
  react$$: async b => (await b.react$$('None').getElements()).length,
  action: b => b.action('pointer').move(5, 5).perform(),
  actions: b => b.actions([b.action('key').down('a').up('a')]),
  addCommand: async b => {
    b.addCommand('answer', async (add: number) => 41 + add)
    return (b as Browser & { answer: (add: number) => Promise<number> }).answer(1)
  },
  overwriteCommand: async b => {
    b.overwriteCommand('getWindowSize', async original => [await original()] as never)
    return b.getWindowSize()
  },
  call: b => b.call(async () => 'called'),
  addInitScript: async b => typeof (await b.addInitScript(() => {})).remove,
  setCookies: b => b.setCookies({ name: 'x', value: 'y' }),
  getCookies: b => b.getCookies('x'),
  deleteCookies: b => b.deleteCookies('x'),
  emulate: async b => typeof (await b.emulate('colorScheme', 'dark')),
  restore: b => b.restore(),
  execute: b => b.execute((a: number, c: number) => [a + c, location.pathname], 1, 2),
  executeAsync: b => b.executeAsync((value: number, done: (value: number) => void) => done(value + 1), 1),
  getWindowSize: b => b.getWindowSize(),
  setWindowSize: b => b.setWindowSize(640, 740),
  setViewport: async b => {
    await b.setViewport({ width: 500, height: 600 })
    return b.execute('return [innerWidth, innerHeight]')
  },
  keys: async b => {
    await b.$('#text').click()
    await b.keys(['a', 'b'])
    return b.$('#text').getValue()
  },
  mockRestoreAll: b => b.mockRestoreAll(),
  mock: async b => {
    const mock = await b.mock('**/other')
    mock.respond('mocked', { statusCode: 201 })
    const load = async (): Promise<string> => b.execute(async () => (await fetch('/other')).text())
    let text = await load()
    // Chromium may intercept requests only some time after `mock` has resolved.
    for (let tries = 0; tries < 200 && text !== 'mocked'; tries++) text = await load()
    await mock.restore()
    return [text, mock.calls.length]
  },
  mockClearAll: b => b.mockClearAll(),
  newWindow: async b => {
    const { handle, type } = await b.newWindow(`${b.options.baseUrl}/other`, { type: 'tab' })
    const found = [typeof handle, type, await b.getTitle()]
    await b.closeWindow()
    await b.switchToWindow((await b.getWindowHandles())[0] ?? '')
    return found
  },
  pause: b => b.pause(1),
  saveScreenshot: b => withFile('a.png', async file => saved(file, () => b.saveScreenshot(file))),
  savePDF: b => withFile('a.pdf', async file => saved(file, () => b.savePDF(file))),
  saveRecordingScreen: b => withFile('a.mp4', async file => b.saveRecordingScreen(file)),
  uploadFile: b =>
    withFile('a.txt', async file => {
      await writeFile(file, 'text')
      return typeof (await b.uploadFile(file))
    }),
  downloadFile: b => b.downloadFile('none.txt', tmpdir()),
  scroll: b => b.scroll(0, 50),
  setTimeout: b => b.setTimeout({ script: 20_000 }),
  switchFrame: async b => {
    await b.switchFrame(b.$('#frame'))
    const text = await b.$('#inner').getText()
    await b.switchFrame(null)
    return text
  },
  switchWindow: b => b.switchWindow('calls'),
  throttle: b => b.throttle('online'),
  throttleCPU: b => b.throttleCPU(1),
  throttleNetwork: b => b.throttleNetwork('online'),
  touchAction: b => b.touchAction({ action: 'tap', x: 1, y: 1 }),
  waitUntil: b => b.waitUntil(() => 'done'),
  getPuppeteer: async b => typeof (await b.getPuppeteer()).pages,
  on: async b => {
    const seen = await openDialog(b)
    await b.dismissAlert()
    return seen
  },
}
