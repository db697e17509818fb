import { remote } from 'webdriverio'
import { findBrowser } from '../../drivers/chromium/find-browser.js'

/** Opens a browser that Baton has nothing to do with, to look at pages. */
export async function withBrowser<T>(work: (browser: Awaited<ReturnType<typeof remote>>) => Promise<T>): Promise<T> {
  const { browser: binary, chromedriver } = await findBrowser({}, process.env)
  const browser = await remote({
    logLevel: 'silent',
    capabilities: {
      browserName: 'chrome',
      'goog:chromeOptions': { binary, args: ['--headless=new', '--no-sandbox', '--disable-gpu'] },
      'wdio:chromedriverOptions': { binary: chromedriver },
      'wdio:enforceWebDriverClassic': true,
    },
  })
  try {
    return await work(browser)
  } finally {
    await browser.deleteSession()
  }
}
