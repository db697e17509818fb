/** All state that WebDriver, CDP and BiDi can leave in a browser, one line each. */
import {
  bidi,
  cdp,
  everywhere,
  finger,
  inTab,
  keys,
  leaveAt,
  leaveIn,
  leaveThrough,
  mouse,
  webdriver,
  type State,
} from './leave-state.js'

/** What the reset of an open session puts back, and how: WebDriver, CDP and pages. */
export const resettable: State[] = [
  // `Storage.clearDataForOrigin` with origin `*`, `Network.clearBrowserCookies`
  { what: 'storage of an origin that a command named', seen: 'named', leave: leaveAt('named') },
  { what: 'storage of an origin behind a link', seen: 'link', leave: leaveThrough('link', 'location.href = URL') },
  {
    what: 'storage of an origin behind a redirect',
    seen: 'redirect',
    leave: leaveThrough('redirect', "location.href = '/?to=' + encodeURIComponent(URL)"),
  },
  {
    what: 'storage of an origin in a frame',
    seen: 'frame',
    leave: async (browser, { named, frame }) => {
      await browser.open(named.url)
      await leaveIn(browser, frame.url, 'await inFrame(URL)')
    },
  },
  {
    what: 'storage of an origin in a popup',
    seen: 'popup',
    leave: async (browser, { named, popup }) => {
      await browser.open(named.url)
      await leaveIn(
        browser,
        popup.url,
        `const popup = open('/'); popup.onload = () => { popup.location = URL }; await heard()`,
      )
      // A page in the background gets no touch events.
      await browser.cdp('Page.bringToFront')
    },
  },
  {
    what: 'partitioned cookies',
    seen: 'frame',
    leave: async (browser, { named, frame }) =>
      browser.cdp('Network.setCookie', {
        name: 'partitioned',
        value: '1',
        url: frame.url,
        secure: true,
        sameSite: 'None',
        partitionKey: { topLevelSite: new URL(named.url).origin.replace(/:\d+$/, ''), hasCrossSiteAncestor: true },
      }),
  },
  // `Network.clearBrowserCache`
  {
    what: 'HTTP cache',
    seen: 'fromCache',
    leave: async browser => browser.run("await (await fetch('/cached')).text()"),
  },
  // `Browser.resetPermissions`
  {
    what: 'permissions by CDP',
    seen: 'midi',
    leave: cdp('Browser.setPermission', { permission: { name: 'midi' }, setting: 'granted' }),
  },
  {
    what: 'permissions by WebDriver',
    seen: 'geolocation',
    leave: webdriver('/permissions', { descriptor: { name: 'geolocation' }, state: 'denied' }),
  },
  {
    what: 'permissions by BiDi',
    seen: 'notifications',
    leave: async (browser, { named }) =>
      browser.bidi('permissions.setPermission', {
        descriptor: { name: 'notifications' },
        state: 'granted',
        origin: new URL(named.url).origin,
      }),
  },
  {
    what: 'the clipboard',
    seen: 'clipboard',
    leave: async (browser, { named }) => {
      await browser.open(named.url)
      await browser.cdp('Runtime.evaluate', { expression: 'copy()', userGesture: true })
    },
  },
  // `DELETE /actions`
  { what: 'a pressed key', seen: 'typed', leave: keys({ type: 'keyDown', value: '\uE008' }) },
  {
    what: 'a finger on the screen',
    seen: 'touches',
    leave: webdriver('/actions', { actions: [finger(1, { type: 'pointerDown', button: 0 })] }),
  },
  {
    what: 'a pressed mouse button',
    seen: 'buttons',
    leave: webdriver('/actions', { actions: [mouse({ type: 'pointerDown', button: 2 })] }),
  },
  // `POST /timeouts`, `POST /window/rect`, other windows closed
  { what: 'time limits', seen: 'timeouts', leave: webdriver('/timeouts', { implicit: 1234, script: 9999 }) },
  { what: 'size of the window', seen: 'rect', leave: webdriver('/window/rect', { width: 555, height: 444 }) },
  { what: 'windows', seen: 'windows', leave: webdriver('/window/new', { type: 'window' }) },
  // With their tab
  {
    what: 'CDP time zone',
    seen: 'timeZone',
    leave: cdp('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Tokyo' }),
  },
  { what: 'CDP locale', seen: 'locale', leave: cdp('Emulation.setLocaleOverride', { locale: 'ja-JP' }) },
  {
    what: 'CDP media',
    seen: 'dark',
    leave: cdp('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: 'dark' }] }),
  },
  {
    what: 'CDP cores',
    seen: 'cores',
    leave: cdp('Emulation.setHardwareConcurrencyOverride', { hardwareConcurrency: 97 }),
  },
  {
    what: 'CDP headers',
    seen: 'cdpHeader',
    leave: async browser => {
      await browser.cdp('Network.enable')
      await browser.cdp('Network.setExtraHTTPHeaders', { headers: { 'x-cdp': 'left' } })
    },
  },
  {
    what: 'CDP scripts for new documents',
    seen: 'cdpScript',
    leave: async browser => {
      await browser.cdp('Page.enable')
      await browser.cdp('Page.addScriptToEvaluateOnNewDocument', { source: 'cdpScript = 1' })
    },
  },
  { what: 'CDP bindings', seen: 'binding', leave: cdp('Runtime.addBinding', { name: 'binding' }) },
]

/** The same by BiDi. The gateway ends overrides, and removes what was added. */
export const resettableBidi: State[] = [
  {
    what: 'BiDi time zone',
    seen: 'timeZone',
    leave: bidi('emulation.setTimezoneOverride', { timezone: 'Asia/Seoul', ...everywhere }),
  },
  {
    what: 'BiDi locale',
    seen: 'locale',
    leave: bidi('emulation.setLocaleOverride', { locale: 'ko-KR', ...everywhere }),
  },
  {
    what: 'BiDi headers',
    seen: 'bidiHeader',
    leave: bidi('network.setExtraHeaders', {
      headers: [{ name: 'x-bidi', value: { type: 'string', value: 'left' } }],
    }),
  },
  {
    what: 'BiDi preload scripts',
    seen: 'bidiScript',
    leave: bidi('script.addPreloadScript', { functionDeclaration: '() => { window.bidiScript = 1 }' }),
  },
  { what: 'BiDi subscriptions', seen: 'events', leave: bidi('session.subscribe', { events: ['log.entryAdded'] }) },
]

/** The same, of which a browser no longer loads or answers. */
export const blocking: State[] = [
  {
    what: 'BiDi user agent',
    leave: bidi('emulation.setUserAgentOverride', { userAgent: 'BiDi', ...everywhere }),
  },
  {
    what: 'BiDi screen orientation',
    leave: bidi('emulation.setScreenOrientationOverride', {
      screenOrientation: { natural: 'portrait', type: 'landscape-primary' },
      ...everywhere,
    }),
  },
  { what: 'BiDi user contexts', leave: bidi('browser.createUserContext') },
  { what: 'BiDi cache behaviour', leave: bidi('network.setCacheBehavior', { cacheBehavior: 'bypass' }) },
  { what: 'BiDi downloads', leave: bidi('browser.setDownloadBehavior', { downloadBehavior: { type: 'denied' } }) },
  { what: 'BiDi intercepts', leave: bidi('network.addIntercept', { phases: ['beforeRequestSent'] }) },
  {
    what: 'BiDi offline',
    leave: bidi('emulation.setNetworkConditions', { networkConditions: { type: 'offline' }, ...everywhere }),
  },
  {
    what: 'BiDi geolocation',
    leave: bidi('emulation.setGeolocationOverride', { coordinates: { latitude: 1, longitude: 2 }, ...everywhere }),
  },
  {
    what: 'BiDi viewport',
    leave: bidi('browsingContext.setViewport', { viewport: { width: 321, height: 321 }, ...everywhere }),
  },
  { what: 'CDP user agent', leave: cdp('Network.setUserAgentOverride', { userAgent: 'left' }) },
  { what: 'CDP scripting', leave: inTab(cdp('Emulation.setScriptExecutionDisabled', { value: true })) },
  {
    what: 'CDP offline',
    leave: inTab(
      cdp('Network.enable'),
      cdp('Network.emulateNetworkConditions', {
        offline: true,
        latency: 0,
        downloadThroughput: 0,
        uploadThroughput: 0,
      }),
    ),
  },
  { what: 'CDP blocked URLs', leave: inTab(cdp('Network.enable'), cdp('Network.setBlockedURLs', { urls: ['*'] })) },
  { what: 'CDP cache disabled', leave: inTab(cdp('Network.setCacheDisabled', { cacheDisabled: true })) },
  { what: 'CDP requests held', leave: inTab(cdp('Fetch.enable')) },
  { what: 'CDP slow processor', leave: inTab(cdp('Emulation.setCPUThrottlingRate', { rate: 50 })) },
  { what: 'CDP virtual time', leave: inTab(cdp('Emulation.setVirtualTimePolicy', { policy: 'pause' })) },
  {
    what: 'CDP metrics',
    leave: cdp('Emulation.setDeviceMetricsOverride', { width: 300, height: 300, deviceScaleFactor: 1, mobile: false }),
  },
  {
    what: 'CDP file choosers',
    leave: inTab(cdp('Page.enable'), cdp('Page.setInterceptFileChooserDialog', { enabled: true })),
  },
  {
    what: 'CDP authenticators',
    leave: inTab(
      cdp('WebAuthn.enable'),
      cdp('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'usb' } }),
    ),
  },
  {
    what: 'CDP breakpoints',
    leave: inTab(cdp('Debugger.enable'), cdp('DOMDebugger.setEventListenerBreakpoint', { eventName: 'load' })),
  },
  {
    what: 'a page that asks before it is left',
    leave: inTab(async browser => browser.run('onbeforeunload = event => event.preventDefault()')),
  },
  { what: 'BiDi scripting', leave: bidi('emulation.setScriptingEnabled', { enabled: false, ...everywhere }) },
]

/** What only a new session puts back. */
export const lasting: State[] = [
  {
    what: 'a password that the browser keeps',
    leave: async (browser, { named }) => browser.open(named.url.replace('//', '//user:key@') + 'secret'),
  },
  {
    what: 'a password in a link',
    leave: async (browser, { named }) => {
      await browser.bidi('session.subscribe', { events: ['network.beforeRequestSent'] })
      await browser.open(named.url)
      const requested = new Promise<void>(resolve =>
        browser.onEvent(event => {
          if (JSON.stringify(event).includes('/secret')) resolve()
        }),
      )
      await browser.run(`location.href = '/secret'.replace(/^/, location.origin.replace('//', '//user:key@'))`)
      await requested
    },
  },
  {
    what: 'network conditions by ChromeDriver',
    leave: webdriver('/chromium/network_conditions', {
      network_conditions: { offline: false, latency: 9, throughput: 9 },
    }),
  },
  {
    what: 'geolocation by ChromeDriver',
    leave: webdriver('/location', { location: { latitude: 1, longitude: 2, altitude: 0 } }),
  },
  { what: 'settings of Appium', leave: webdriver('/appium/settings', { settings: { left: true } }) },
  { what: 'download behaviour', leave: cdp('Browser.setDownloadBehavior', { behavior: 'deny' }) },
  {
    what: 'a window in a special state',
    leave: async browser => browser.bidi('browser.setClientWindowState', { clientWindow: '1', state: 'minimized' }),
  },
  {
    what: 'background services',
    leave: cdp('BackgroundService.setRecording', { shouldRecord: true, service: 'pushMessaging' }),
  },
  {
    what: 'storage quota',
    leave: async (browser, { named }) =>
      browser.cdp('Storage.overrideQuotaForOrigin', { origin: new URL(named.url).origin, quotaSize: 1 }),
  },
  { what: 'interest groups', leave: cdp('Storage.setInterestGroupTracking', { enable: true }) },
  { what: 'certificate errors', leave: cdp('Security.setIgnoreCertificateErrors', { ignore: true }) },
  { what: 'CDP to the browser', leave: bidi('goog:cdp.sendCommand', { method: 'Browser.getVersion', params: {} }) },
  { what: 'simulated Bluetooth', leave: bidi('bluetooth.simulateAdapter', { context: '1', state: 'powered-on' }) },
  { what: 'a command that does not exist yet', leave: cdp('Future.setEverything') },
]
