import type { Browser } from '../two-browsers.js'
import { context, type Call } from './page.js'

const contexts = async (b: Browser): Promise<[string, ...string[]]> => [await context(b)]
const userContext = async (b: Browser): Promise<string> => (await b.browserCreateUserContext({})).userContext

/** An intercept that no request meets. */
const intercept = async (b: Browser): Promise<string> => {
  const urlPatterns = [{ type: 'string', pattern: 'http://never.test/' }] as [{ type: 'string'; pattern: string }]
  return (await b.networkAddIntercept({ phases: ['beforeRequestSent'], urlPatterns })).intercept
}
const collector = async (b: Browser): Promise<string> =>
  (await b.networkAddDataCollector({ dataTypes: ['response'], maxEncodedDataSize: 1000 })).collector

/** WebDriver BiDi's commands. Those of no session are left out: `session.new`, `session.end`, `browser.close`. */
export const bidiCalls: Record<string, Call> = {
  send: async b => (await b.send({ method: 'session.status', params: {} })).result,
  sendAsync: b => typeof b.sendAsync({ method: 'session.status', params: {} }),
  sessionStatus: b => b.sessionStatus({}),
  sessionSubscribe: b => b.sessionSubscribe({ events: ['browsingContext.fragmentNavigated'] }),
  sessionUnsubscribe: b => b.sessionUnsubscribe({ events: ['browsingContext.fragmentNavigated'] }),
  browserCreateUserContext: b => b.browserCreateUserContext({}),
  browserGetUserContexts: async b => (await b.browserGetUserContexts({})).userContexts[0],
  browserRemoveUserContext: async b => b.browserRemoveUserContext({ userContext: await userContext(b) }),
  browserGetClientWindows: b => b.browserGetClientWindows({}),
  browserSetClientWindowState: async b => {
    const [first] = (await b.browserGetClientWindows({})).clientWindows
    return b.browserSetClientWindowState({ clientWindow: first?.clientWindow ?? '', state: 'normal' })
  },
  browserSetDownloadBehavior: b => b.browserSetDownloadBehavior({ downloadBehavior: { type: 'denied' } }),
  browsingContextActivate: async b => b.browsingContextActivate({ context: await context(b) }),
  browsingContextCaptureScreenshot: async b => b.browsingContextCaptureScreenshot({ context: await context(b) }),
  browsingContextCreate: b => b.browsingContextCreate({ type: 'tab' }),
  browsingContextClose: async b => b.browsingContextClose(await b.browsingContextCreate({ type: 'tab' })),
  browsingContextGetTree: async b => (await b.browsingContextGetTree({ root: await context(b) })).contexts.length,
  browsingContextHandleUserPrompt: async b => b.browsingContextHandleUserPrompt({ context: await context(b) }),
  browsingContextLocateNodes: async b =>
    b.browsingContextLocateNodes({ context: await context(b), locator: { type: 'css', value: 'li' } }),
  browsingContextNavigate: async b =>
    b.browsingContextNavigate({ context: await context(b), url: `${b.options.baseUrl}/`, wait: 'complete' }),
  browsingContextPrint: async b => b.browsingContextPrint({ context: await context(b) }),
  browsingContextReload: async b => b.browsingContextReload({ context: await context(b), wait: 'complete' }),
  browsingContextSetBypassCsp: async b =>
    b.browsingContextSetBypassCsp({ bypass: true, contexts: await contexts(b) } as never),
  browsingContextSetViewport: async b =>
    b.browsingContextSetViewport({ context: await context(b), viewport: { width: 600, height: 700 } }),
  browsingContextStartScreencast: async b => b.browsingContextStartScreencast({ context: await context(b) }),
  browsingContextStopScreencast: b => b.browsingContextStopScreencast({ screencast: 'none' }),
  browsingContextTraverseHistory: async b =>
    b.browsingContextTraverseHistory({ context: await context(b), delta: -99 }),
  emulationSetForcedColorsModeThemeOverride: async b =>
    b.emulationSetForcedColorsModeThemeOverride({ theme: 'dark', contexts: await contexts(b) }),
  emulationSetGeolocationOverride: async b =>
    b.emulationSetGeolocationOverride({ coordinates: { latitude: 1, longitude: 2 }, contexts: await contexts(b) }),
  emulationSetLocaleOverride: async b => b.emulationSetLocaleOverride({ locale: 'de-DE', contexts: await contexts(b) }),
  emulationSetNetworkConditions: async b =>
    b.emulationSetNetworkConditions({ networkConditions: null, contexts: await contexts(b) }),
  emulationSetScreenSettingsOverride: async b =>
    b.emulationSetScreenSettingsOverride({ screenArea: { width: 500, height: 600 }, contexts: await contexts(b) }),
  emulationSetScreenOrientationOverride: async b =>
    b.emulationSetScreenOrientationOverride({
      screenOrientation: { natural: 'portrait', type: 'portrait-primary' },
      contexts: await contexts(b),
    }),
  emulationSetUserAgentOverride: async b =>
    b.emulationSetUserAgentOverride({ userAgent: 'calls/1', contexts: await contexts(b) }),
  emulationSetScriptingEnabled: async b =>
    b.emulationSetScriptingEnabled({ enabled: null, contexts: await contexts(b) }),
  emulationSetScrollbarTypeOverride: async b =>
    b.emulationSetScrollbarTypeOverride({ scrollbarType: 'overlay', contexts: await contexts(b) }),
  emulationSetTimezoneOverride: async b =>
    b.emulationSetTimezoneOverride({ timezone: 'Asia/Tokyo', contexts: await contexts(b) }),
  emulationSetTouchOverride: async b => b.emulationSetTouchOverride({ maxTouchPoints: 1, contexts: await contexts(b) }),
  networkAddDataCollector: async b =>
    b.networkAddDataCollector({ dataTypes: ['response'], maxEncodedDataSize: 1000, contexts: await contexts(b) }),
  networkRemoveDataCollector: async b => b.networkRemoveDataCollector({ collector: await collector(b) }),
  networkAddIntercept: intercept,
  networkRemoveIntercept: async b => b.networkRemoveIntercept({ intercept: await intercept(b) }),
  networkContinueRequest: b => b.networkContinueRequest({ request: 'none' }),
  networkContinueResponse: b => b.networkContinueResponse({ request: 'none' }),
  networkContinueWithAuth: b => b.networkContinueWithAuth({ request: 'none', action: 'cancel' } as never),
  networkFailRequest: b => b.networkFailRequest({ request: 'none' }),
  networkProvideResponse: b => b.networkProvideResponse({ request: 'none' }),
  networkGetData: b => b.networkGetData({ request: 'none', dataType: 'response' }),
  networkDisownData: b => b.networkDisownData({ request: 'none', dataType: 'response', collector: 'none' }),
  networkSetCacheBehavior: b => b.networkSetCacheBehavior({ cacheBehavior: 'default' }),
  networkSetExtraHeaders: b => b.networkSetExtraHeaders({ headers: [] }),
  scriptAddPreloadScript: b => b.scriptAddPreloadScript({ functionDeclaration: '() => { window.early = 1 }' }),
  scriptRemovePreloadScript: async b =>
    b.scriptRemovePreloadScript(await b.scriptAddPreloadScript({ functionDeclaration: '() => {}' })),
  scriptGetRealms: async b => b.scriptGetRealms({ context: await context(b) }),
  scriptCallFunction: async b =>
    b.scriptCallFunction({
      functionDeclaration: 'x => [x, document.title]',
      arguments: [{ type: 'number', value: 3 }],
      target: { context: await context(b) },
      awaitPromise: true,
    }),
  scriptEvaluate: async b =>
    b.scriptEvaluate({ expression: 'document.body', target: { context: await context(b) }, awaitPromise: true }),
  scriptDisown: async b => b.scriptDisown({ handles: ['none'], target: { context: await context(b) } }),
  storageSetCookie: b =>
    b.storageSetCookie({ cookie: { name: 'c', value: { type: 'string', value: 'd' }, domain: '127.0.0.1' } }),
  storageGetCookies: b => b.storageGetCookies({ filter: { name: 'c' } }),
  storageDeleteCookies: b => b.storageDeleteCookies({ filter: { name: 'c' } }),
  inputPerformActions: async b =>
    b.inputPerformActions({
      context: await context(b),
      actions: [{ type: 'key', id: 'keys', actions: [{ type: 'keyDown', value: 'x' }] }],
    }),
  inputReleaseActions: async b => b.inputReleaseActions({ context: await context(b) }),
  inputSetFiles: async b => {
    const { nodes } = await b.browsingContextLocateNodes({
      context: await context(b),
      locator: { type: 'css', value: '#file' },
    })
    return b.inputSetFiles({ context: await context(b), element: nodes[0] as never, files: [] })
  },
  webExtensionInstall: b => b.webExtensionInstall({ extensionData: { type: 'path', path: '/none' } }),
  webExtensionUninstall: b => b.webExtensionUninstall({ extension: 'none' }),
}
