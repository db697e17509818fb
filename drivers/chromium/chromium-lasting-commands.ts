/** CDP domains whose settings all end with the tab that they were made in, or only read. */
const tabDomains = [
  'Accessibility',
  'Animation',
  'Audits',
  'CSS',
  'CacheStorage',
  'Console',
  'DOM',
  'DOMDebugger',
  'DOMSnapshot',
  'DOMStorage',
  'Debugger',
  'DeviceAccess',
  'DeviceOrientation',
  'Emulation',
  'EventBreakpoints',
  'HeapProfiler',
  'IO',
  'IndexedDB',
  'Input',
  'Inspector',
  'LayerTree',
  'Log',
  'Media',
  'Network',
  'Overlay',
  'Performance',
  'PerformanceTimeline',
  'Profiler',
  'Runtime',
  'Schema',
  'ServiceWorker',
  'WebAudio',
  'WebAuthn',
].join('|')

/**
 * Commands that leave nothing, or only what `resetBrowser` puts back: what belongs to a tab, windows, storage, cookies, caches,
 * permissions, timeouts, pressed keys and the window's size. Any other command costs a new session: also one that does not
 * exist yet.
 */
const resettable = [
  /^GET \//,
  /^POST \/(url|back|forward|refresh|frame|frame\/parent|elements?|(element|shadow)\/.*|execute\/(a?sync)|cookie|actions)$/,
  /^POST \/(window|window\/(new|rect|maximize|minimize|fullscreen)|alert\/(accept|dismiss|text)|print|timeouts|permissions)$/,
  /^POST \/(log|se\/log|se\/file|file|se\/files|webauthn\/.*)$/,
  /^DELETE \/(window|cookie|cookie\/:id|actions|se\/files|webauthn\/.*)$/,
  new RegExp(`^CDP (${tabDomains})\\.`),
  /^CDP (Fetch|Page)\.(?!continueWithAuth|setDownloadBehavior|setRPHRegistrationMode|setWebLifecycleState)/,
  /^CDP Browser\.(get.*|grantPermissions|resetPermissions|setPermission|setWindowBounds)$/,
  /^CDP (Security\.(enable|disable)|SystemInfo\..*)$/,
  /^CDP Storage\.(clear.*|get.*|setCookies|track.*|untrack.*|deleteSharedStorageEntry|setSharedStorageEntry)$/,
  /^CDP Target\.(activateTarget|attach.*|closeTarget|createTarget|detach.*|get.*|setAutoAttach|setDiscoverTargets)$/,
  /^BiDi browsingContext\.(activate|captureScreenshot|close|create|getTree|handleUserPrompt|locateNodes|navigate)$/,
  /^BiDi browsingContext\.(print|reload|traverseHistory)$/,
  /^BiDi browser\.(getClientWindows|getUserContexts|removeUserContext)$/,
  /^BiDi (.*:)?cdp\.(getSession|resolveRealm)$/,
  /^BiDi (input|script|storage)\..*$/,
  /^BiDi network\.(continueRequest|continueResponse|disownData|failRequest|getData|provideResponse|remove.*)$/,
  /^BiDi (permissions\.setPermission|session\.(status|unsubscribe))$/,
]

/**
 * The commands whose effects a reset can't put back.
 * @param used - as `HostSession.usedCommands` names them
 */
export function lastingCommands(used: Iterable<string>): string[] {
  return [...used].filter(command => !resettable.some(pattern => pattern.test(command)))
}

/** Commands that leave nothing but what pages show and store, or what WebdriverIO itself puts back. */
const ofPages = [
  /^GET \//,
  /^POST \/(url|back|forward|refresh|frame|frame\/parent|elements?|(element|shadow)\/.*|execute\/(a?sync)|cookie|actions)$/,
  /^POST \/(window|window\/new|alert\/(accept|dismiss|text)|print|permissions)$/,
  /^DELETE \/(window|cookie|cookie\/:id|actions)$/,
  /^BiDi browsingContext\.(activate|captureScreenshot|close|create|getTree|handleUserPrompt|locateNodes|navigate)$/,
  /^BiDi browsingContext\.(print|reload|traverseHistory)$/,
  /^BiDi (input|script|storage)\..*$/,
  /^BiDi (permissions\.setPermission|session\.(status|subscribe|unsubscribe))$/,
]

/**
 * Whether leaving all pages and clearing what the browser stores undoes the commands.
 * @param used - as `HostSession.usedCommands` names them
 */
export function isResetByPages(used: Iterable<string>): boolean {
  return [...used].every(command => ofPages.some(pattern => pattern.test(command)))
}
