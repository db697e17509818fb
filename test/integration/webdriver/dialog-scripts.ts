import type { Browser } from './two-browsers.js'

/** One thing that scripts do with dialogs. What it returns, or its error, is compared. */
export type DialogScript = (browser: Browser) => Promise<unknown>

export const dialogPages = {
  '/': `<title>dialogs</title>
    <button id="alert" onclick="alert('hello'); document.title = 'alerted'">alert</button>
    <button id="confirm" onclick="document.title = String(confirm('sure?'))">confirm</button>
    <button id="prompt" onclick="document.title = String(prompt('name?', 'preset'))">prompt</button>
    <button id="two" onclick="alert('first'); document.title = String(confirm('second'))">two</button>
    <button id="late" onclick="setTimeout(() => { alert('late'); document.title = 'was late' }, 200)">late</button>
    <input id="field">`,
  '/frame': `<title>frame</title><iframe src="/"></iframe>`,
  '/load': `<title>load</title><script>alert('at load')</script><h1>loaded</h1>`,
  '/leave': `<title>leave</title><input id="field"><script>
    addEventListener('beforeunload', event => { event.preventDefault(); event.returnValue = 'x' })</script>`,
} as const

const nextDialog = async (browser: Browser): Promise<Dialog> => new Promise(resolve => browser.once('dialog', resolve))

interface Dialog {
  accept(text?: string): Promise<void>
  dismiss(): Promise<void>
  message(): string
  type(): string
  defaultValue(): string | undefined
}

/** Clicks, and waits for the dialog; the click ends only once the dialog is handled. */
async function open(browser: Browser, id: string): Promise<{ dialog: Dialog; click: Promise<void> }> {
  const dialog = nextDialog(browser)
  const click = browser.$(`#${id}`).click()
  return { dialog: await dialog, click }
}

/** A listener keeps WebdriverIO from dismissing dialogs, so that classic commands find them. */
async function withListener<T>(browser: Browser, act: () => Promise<T>): Promise<T> {
  const keep = (): void => {}
  browser.on('dialog', keep)
  try {
    return await act()
  } finally {
    browser.off('dialog', keep)
  }
}

/** Milliseconds; only reached if the test fails. */
const generousMs = 30_000

const titled = async (browser: Browser, title: string): Promise<string> => {
  await browser.waitUntil(async () => (await browser.getTitle()) === title, { timeout: generousMs, interval: 20 })
  return title
}

/** Scripts whose outcome is the same in each run. */
export const dialogScripts: Readonly<Record<string, DialogScript>> = {
  'reads the text of an alert and accepts it': async browser =>
    withListener(browser, async () => {
      await browser.$('#alert').click()
      const text = await browser.getAlertText()
      await browser.acceptAlert()
      return [text, await titled(browser, 'alerted')]
    }),
  'dismisses an alert': async browser =>
    withListener(browser, async () => {
      await browser.$('#alert').click()
      await browser.dismissAlert()
      return titled(browser, 'alerted')
    }),
  'accepts a confirm': async browser =>
    withListener(browser, async () => {
      await browser.$('#confirm').click()
      await browser.acceptAlert()
      return titled(browser, 'true')
    }),
  'dismisses a confirm': async browser =>
    withListener(browser, async () => {
      await browser.$('#confirm').click()
      await browser.dismissAlert()
      return titled(browser, 'false')
    }),
  'answers a prompt': async browser =>
    withListener(browser, async () => {
      await browser.$('#prompt').click()
      await browser.sendAlertText('Ada')
      await browser.acceptAlert()
      return titled(browser, 'Ada')
    }),
  'accepts a prompt with its preset': async browser =>
    withListener(browser, async () => {
      await browser.$('#prompt').click()
      await browser.acceptAlert()
      return titled(browser, 'preset')
    }),
  'dismisses a prompt': async browser =>
    withListener(browser, async () => {
      await browser.$('#prompt').click()
      await browser.dismissAlert()
      return titled(browser, 'null')
    }),
  'types into an alert': async browser =>
    withListener(browser, async () => {
      await browser.$('#alert').click()
      try {
        await browser.sendAlertText('x')
      } finally {
        await browser.acceptAlert()
      }
    }),
  'handles two dialogs in a row': async browser =>
    withListener(browser, async () => {
      await browser.$('#two').click()
      const first = await browser.getAlertText()
      await browser.acceptAlert()
      const second = await browser.getAlertText()
      await browser.acceptAlert()
      return [first, second, await titled(browser, 'true')]
    }),
  'sends another command while an alert is open': async browser =>
    withListener(browser, async () => {
      await browser.$('#alert').click()
      try {
        await browser.getTitle()
      } finally {
        await browser.acceptAlert()
      }
    }),
  'waits for the text of a late alert': async browser =>
    withListener(browser, async () => {
      await browser.$('#late').click()
      const text = await browser.waitUntil(async () => browser.getAlertText().catch(() => false), {
        timeout: generousMs,
      })
      await browser.acceptAlert()
      return [text, await titled(browser, 'was late')]
    }),
  'waits until an alert is open': async browser =>
    withListener(browser, async () => {
      const before = await browser.isAlertOpen()
      await browser.$('#late').click()
      await browser.waitUntil(async () => browser.isAlertOpen(), { timeout: generousMs })
      await browser.acceptAlert()
      return [before, await browser.isAlertOpen()]
    }),
  'finds no alert to read': async browser => browser.getAlertText(),
  'finds no alert to accept': async browser => browser.acceptAlert(),
  'finds no alert to dismiss': async browser => browser.dismissAlert(),
  'gets an alert as an event': async browser => {
    const { dialog, click } = await open(browser, 'alert')
    const seen = [dialog.type(), dialog.message(), dialog.defaultValue()]
    await dialog.accept()
    await click
    return [...seen, await titled(browser, 'alerted')]
  },
  'accepts a confirm by its event': async browser => {
    const { dialog, click } = await open(browser, 'confirm')
    await dialog.accept()
    await click
    return [dialog.type(), dialog.message(), await titled(browser, 'true')]
  },
  'dismisses a confirm by its event': async browser => {
    const { dialog, click } = await open(browser, 'confirm')
    await dialog.dismiss()
    await click
    return titled(browser, 'false')
  },
  'answers a prompt by its event': async browser => {
    const { dialog, click } = await open(browser, 'prompt')
    await dialog.accept('Grace')
    await click
    return [dialog.type(), dialog.defaultValue(), await titled(browser, 'Grace')]
  },
  'accepts all dialogs with one listener': async browser => {
    const messages: string[] = []
    const accept = (dialog: unknown): void => {
      messages.push((dialog as Dialog).message())
      void (dialog as Dialog).accept()
    }
    browser.on('dialog', accept)
    try {
      await browser.$('#two').click()
      return [messages, await titled(browser, 'true')]
    } finally {
      browser.off('dialog', accept)
    }
  },
  'lets WebdriverIO dismiss an alert': async browser => {
    await browser.$('#alert').click()
    return titled(browser, 'alerted')
  },
  'lets WebdriverIO dismiss a confirm': async browser => {
    await browser.$('#confirm').click()
    return titled(browser, 'false')
  },
  'lets WebdriverIO dismiss a prompt': async browser => {
    await browser.$('#prompt').click()
    return titled(browser, 'null')
  },
  'lets WebdriverIO dismiss a dialog of a script': async browser => browser.execute("return confirm('in a script')"),
  'lets WebdriverIO dismiss dialogs again once its listener is gone': async browser => {
    await withListener(browser, async () => {
      await browser.$('#confirm').click()
      await browser.acceptAlert()
      await titled(browser, 'true')
    })
    await browser.$('#confirm').click()
    return titled(browser, 'false')
  },
  'opens a page that alerts while it loads': async browser => {
    await browser.url('/load')
    return browser.$('h1').getText()
  },
  'handles a dialog in a frame': async browser => {
    await browser.url('/frame')
    await browser.switchFrame(browser.$('iframe'))
    return withListener(browser, async () => {
      await browser.$('#alert').click()
      const text = await browser.getAlertText()
      await browser.acceptAlert()
      return text
    })
  },
  'leaves a page that wants to keep its input': async browser => {
    await browser.url('/leave')
    await browser.$('#field').setValue('unsaved')
    await browser.url('/load')
    return browser.$('h1').getText()
  },
  'leaves a page that wants to keep its input, and listens': async browser => {
    await browser.url('/leave')
    await browser.$('#field').setValue('unsaved')
    const types: string[] = []
    const note = (dialog: unknown): void => void types.push((dialog as Dialog).type())
    browser.on('dialog', note)
    try {
      await browser.url('/other')
      return [types, await browser.$('h1').getText()]
    } finally {
      browser.off('dialog', note)
    }
  },
}

/**
 * Scripts without a listener that want a dialog which WebdriverIO dismisses by itself: both are on their way at the same
 * time, so one run proves nothing.
 */
export const racingScripts: Readonly<Record<string, DialogScript>> = {
  'reads the text of an alert that WebdriverIO dismisses': async browser => {
    await browser.$('#alert').click()
    return browser.getAlertText()
  },
  'waits for the text of an alert that WebdriverIO dismisses': async browser => {
    await browser.$('#late').click()
    return browser.waitUntil(async () => browser.getAlertText().catch(() => false), { timeout: 1_000, interval: 20 })
  },
  'waits until an alert that WebdriverIO dismisses is open': async browser => {
    await browser.$('#late').click()
    return browser.waitUntil(async () => browser.isAlertOpen(), { timeout: 1_000, interval: 20 })
  },
}
