import type { Browser } from '../two-browsers.js'
import { elementId, openDialog, type Call } from './page.js'

const pointer = { type: 'pointer', id: 'mouse', actions: [{ type: 'pointerMove', duration: 0, x: 5, y: 5 }] }

/** A browser has only one of them: each command gets its own. */
async function withAuthenticator(b: Browser, act: (id: string) => Promise<unknown>): Promise<unknown> {
  const id = await b.addVirtualAuthenticator('ctap2', 'internal', true)
  try {
    return await act(id)
  } finally {
    await b.removeVirtualAuthenticator(id)
  }
}

/** WebDriver's commands, in an order in which each has what it needs. */
export const webdriverCalls: Record<string, Call> = {
  status: async b => Object.keys(await b.status()),
  getTimeouts: b => b.getTimeouts(),
  setTimeouts: b => b.setTimeouts(0, 300_000, 30_000),
  navigateTo: b => b.navigateTo(`${b.options.baseUrl}/`),
  getUrl: b => b.getUrl(),
  getTitle: b => b.getTitle(),
  back: b => b.back(),
  forward: b => b.forward(),
  refresh: b => b.refresh(),
  getWindowHandle: b => b.getWindowHandle(),
  getWindowHandles: b => b.getWindowHandles(),
  createWindow: b => b.createWindow('tab'),
  switchToWindow: async b => b.switchToWindow((await b.getWindowHandles()).at(-1) ?? ''),
  closeWindow: async b => {
    const left = await b.closeWindow()
    await b.switchToWindow((await b.getWindowHandles())[0] ?? '')
    return left
  },
  printPage: b => b.printPage(),
  switchToFrame: async b => b.switchToFrame(await b.findElement('css selector', '#frame')),
  switchToParentFrame: b => b.switchToParentFrame(),
  getWindowRect: b => b.getWindowRect(),
  setWindowRect: b => b.setWindowRect(null, null, 700, 800),
  maximizeWindow: async b => Object.keys(await b.maximizeWindow()),
  minimizeWindow: async b => Object.keys(await b.minimizeWindow()),
  fullscreenWindow: async b => Object.keys(await b.fullscreenWindow()),
  findElement: b => b.findElement('css selector', '#title'),
  findElements: b => b.findElements('css selector', 'li'),
  getElementShadowRoot: async b => b.getElementShadowRoot(await elementId(b, '#host')),
  findElementFromShadowRoot: async b => b.findElementFromShadowRoot('none', 'css selector', '.deep'),
  findElementsFromShadowRoot: async b => b.findElementsFromShadowRoot('none', 'css selector', '.deep'),
  findElementFromElement: async b => b.findElementFromElement(await elementId(b, 'ul'), 'css selector', 'li'),
  findElementsFromElement: async b => b.findElementsFromElement(await elementId(b, 'ul'), 'css selector', 'li'),
  getActiveElement: b => b.getActiveElement(),
  isElementSelected: async b => b.isElementSelected(await elementId(b, '#check')),
  isElementDisplayed: async b => b.isElementDisplayed(await elementId(b)),
  getElementAttribute: async b => b.getElementAttribute(await elementId(b), 'id'),
  getElementProperty: async b => b.getElementProperty(await elementId(b), 'tagName'),
  getElementCSSValue: async b => b.getElementCSSValue(await elementId(b, '#box'), 'color'),
  getElementText: async b => b.getElementText(await elementId(b)),
  getElementTagName: async b => b.getElementTagName(await elementId(b)),
  getElementRect: async b => b.getElementRect(await elementId(b, '#box')),
  isElementEnabled: async b => b.isElementEnabled(await elementId(b, '#text')),
  elementClick: async b => b.elementClick(await elementId(b, '#button')),
  elementClear: async b => b.elementClear(await elementId(b, '#text')),
  elementSendKeys: async b => b.elementSendKeys(await elementId(b, '#text'), 'new'),
  getPageSource: b => b.getPageSource(),
  executeScript: b => b.executeScript('return arguments[0] + 1', [1]),
  executeAsyncScript: b => b.executeAsyncScript('arguments[1](arguments[0] + 1)', [1]),
  addCookie: b => b.addCookie({ name: 'a', value: 'b' }),
  getAllCookies: b => b.getAllCookies(),
  getNamedCookie: b => b.getNamedCookie('a'),
  deleteCookie: b => b.deleteCookie('a'),
  deleteAllCookies: b => b.deleteAllCookies(),
  performActions: b => b.performActions([pointer]),
  releaseActions: b => b.releaseActions(),
  getAlertText: async b => {
    await openDialog(b)
    return b.getAlertText()
  },
  dismissAlert: b => b.dismissAlert(),
  sendAlertText: async b => {
    await openDialog(b, 'window.answer = prompt("who?")')
    return b.sendAlertText('me')
  },
  acceptAlert: async b => [await b.acceptAlert(), await b.executeScript('return window.answer', [])],
  takeScreenshot: b => b.takeScreenshot(),
  takeElementScreenshot: async b => b.takeElementScreenshot(await elementId(b, '#box')),
  getElementComputedRole: async b => b.getElementComputedRole(await elementId(b)),
  getElementComputedLabel: async b => b.getElementComputedLabel(await elementId(b, '#text')),
  setPermissions: b => b.setPermissions({ name: 'geolocation' }, 'granted'),
  generateTestReport: b => b.generateTestReport('a report'),
  createMockSensor: b => b.createMockSensor('ambient-light'),
  getMockSensor: b => b.getMockSensor('ambient-light'),
  updateMockSensor: b => b.updateMockSensor('ambient-light', { illuminance: 4 }),
  deleteMockSensor: b => b.deleteMockSensor('ambient-light'),
  setTimeZone: b => b.setTimeZone('America/Bogota'),
  addVirtualAuthenticator: b => withAuthenticator(b, async id => typeof id),
  removeVirtualAuthenticator: b => b.removeVirtualAuthenticator('none'),
  addCredential: b => withAuthenticator(b, async id => b.addCredential(id, 'eA', false, 'localhost', 'bm8')),
  getCredentials: b => withAuthenticator(b, async id => b.getCredentials(id)),
  removeAllCredentials: b => withAuthenticator(b, async id => b.removeAllCredentials(id)),
  removeCredential: b => withAuthenticator(b, async id => b.removeCredential(id, 'none')),
  setUserVerified: b => withAuthenticator(b, async id => b.setUserVerified(id, true)),
}

/** What ChromeDriver has in addition. */
export const chromiumCalls: Record<string, Call> = {
  isAlertOpen: b => b.isAlertOpen(),
  isAutoReporting: b => b.isAutoReporting(),
  setAutoReporting: b => b.setAutoReporting(false),
  isLoading: b => b.isLoading(),
  takeHeapSnapshot: async b => typeof (await b.takeHeapSnapshot()),
  getNetworkConnection: b => b.getNetworkConnection(),
  setNetworkConnection: b => b.setNetworkConnection({ type: 6 }),
  setNetworkConditions: b => b.setNetworkConditions({ offline: false, latency: 5, throughput: 500_000 }),
  getNetworkConditions: b => b.getNetworkConditions(),
  deleteNetworkConditions: b => b.deleteNetworkConditions(),
  sendCommand: b => b.sendCommand('Page.enable', {}),
  sendCommandAndGetResult: b => b.sendCommandAndGetResult('Runtime.evaluate', { expression: '1 + 1' }),
  file: async b => typeof (await b.file('UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==')),
  launchChromeApp: b => b.launchChromeApp('none'),
  getElementValue: async b => b.getElementValue(await elementId(b, '#text')),
  elementHover: async b => b.elementHover(await elementId(b, '#button')),
  touchPinch: b => b.touchPinch(5, 5, 2),
  freeze: b => b.freeze(),
  resume: b => b.resume(),
  getCastSinks: async b => typeof (await b.getCastSinks()),
  selectCastSink: b => b.selectCastSink('sink'),
  startCastTabMirroring: b => b.startCastTabMirroring('sink'),
  getCastIssueMessage: b => b.getCastIssueMessage(),
  stopCasting: b => b.stopCasting('sink'),
  getLogTypes: b => b.getLogTypes(),
  getLogs: async b => typeof (await b.getLogs('browser')),
}
