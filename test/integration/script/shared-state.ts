/**
 * What modules of one worker share: how one of them changes it, and an expression that shows it. `core('http')` is Node's
 * module, `shared('mocha')` a package of the worker.
 */
export type SharedState = readonly [what: string, change: string, look: string]

/** Functions and values that are properties: of Node's modules, of builtins, of globals, of the worker's packages. */
const properties: [object: string, ...keys: string[]][] = [
  [`core('http')`, 'get', 'request', 'createServer', 'STATUS_CODES', 'Agent'],
  [`core('http').Agent.prototype`, 'createConnection', 'addRequest'],
  [`core('http').ClientRequest.prototype`, 'end', 'setHeader'],
  [`core('https')`, 'get', 'request'],
  [`core('https').globalAgent`, 'options', 'keepAlive', 'createConnection'],
  [`core('https').globalAgent.options`, 'rejectUnauthorized', 'ca'],
  [`core('http').globalAgent`, 'options', 'maxFreeSockets'],
  [`core('fs')`, 'readFileSync', 'readFile', 'existsSync', 'writeFileSync', 'createReadStream', 'close', 'Stats'],
  [`core('fs').promises`, 'readFile', 'writeFile'],
  [`core('fs').realpathSync`, 'native'],
  [`core('fs/promises')`, 'access'],
  [`core('child_process')`, 'exec', 'spawn', 'execFileSync'],
  [`core('child_process').ChildProcess.prototype`, 'kill', 'spawn'],
  [`core('crypto')`, 'randomBytes', 'createHash', 'randomUUID'],
  [`core('crypto').Hash.prototype`, 'update'],
  [`core('dns')`, 'lookup', 'resolve4'],
  [`core('dns').promises`, 'lookup'],
  [`core('tls')`, 'DEFAULT_MIN_VERSION', 'DEFAULT_MAX_VERSION', 'DEFAULT_CIPHERS', 'connect', 'checkServerIdentity'],
  [`core('net')`, 'connect', 'createServer'],
  [`core('net').Socket.prototype`, 'connect', 'write', 'destroy'],
  [`core('net').Server.prototype`, 'listen'],
  [`core('dgram')`, 'createSocket'],
  [`core('zlib')`, 'gzipSync'],
  [`core('os')`, 'hostname', 'tmpdir'],
  [`core('path')`, 'join', 'resolve', 'sep'],
  [`core('url')`, 'parse', 'pathToFileURL'],
  [`core('util')`, 'inspect', 'promisify', 'format', 'types'],
  [`core('util').inspect.defaultOptions`, 'depth', 'colors'],
  [`core('util').inspect.styles`, 'string'],
  [`core('util').types`, 'isDate'],
  [`core('assert')`, 'equal', 'strict', 'AssertionError'],
  [`core('events')`, 'once', 'EventEmitter'],
  [`core('events').prototype`, 'on', 'emit', 'once', 'removeListener'],
  [`core('stream')`, 'pipeline', 'Readable'],
  [`core('stream').Readable.prototype`, 'read', 'pipe', 'push'],
  [`core('stream').Writable.prototype`, 'write', 'end'],
  [`core('string_decoder').StringDecoder.prototype`, 'write'],
  [`core('timers')`, 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout'],
  [`core('timers/promises')`, 'setTimeout'],
  [`core('vm')`, 'runInThisContext', 'Script'],
  [`core('v8')`, 'serialize'],
  [`core('worker_threads')`, 'Worker'],
  [`core('async_hooks')`, 'AsyncLocalStorage', 'createHook'],
  [`core('async_hooks').AsyncLocalStorage.prototype`, 'run', 'getStore'],
  [`core('diagnostics_channel')`, 'subscribe', 'channel'],
  [`core('perf_hooks')`, 'performance'],
  [`core('readline')`, 'createInterface'],
  [`core('querystring')`, 'parse'],
  [`core('module')`, '_load', '_resolveFilename', '_nodeModulePaths', 'createRequire', 'globalPaths'],
  [`core('module').prototype`, 'require', '_compile', 'load'],
  [`core('module')._extensions`, `['.js']`, `['.ts']`, `['.json']`],
  [`core('buffer')`, 'isUtf8', 'Blob'],
  [
    'process',
    'emit',
    'on',
    'exit',
    'kill',
    'nextTick',
    'hrtime',
    'emitWarning',
    'cwd',
    'chdir',
    'memoryUsage',
    'uptime',
  ],
  ['process', 'argv', 'execArgv', 'execPath', 'env'],
  ['process', 'noDeprecation', 'throwDeprecation', 'traceDeprecation', 'mainModule', 'leftOver'],
  ['process.hrtime', 'bigint'],
  ['process.memoryUsage', 'rss'],
  [
    'globalThis',
    'leftOver',
    'fetch',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'clearTimeout',
    'queueMicrotask',
    'Date',
  ],
  ['globalThis', 'Promise', 'Map', 'Buffer', 'URL', 'console', 'process', 'performance', 'structuredClone'],
  [
    'globalThis',
    'Error',
    'JSON',
    'Math',
    'Headers',
    'Response',
    'AbortController',
    'WebAssembly',
    'atob',
    'TextDecoder',
  ],
  ['globalThis', '$', 'expect', 'describe', 'it', 'document', 'window', 'EventTarget', 'ReadableStream', 'parseInt'],
  ['Object', 'keys', 'assign', 'freeze', 'defineProperty'],
  ['Object.prototype', 'leftOver', 'toString', 'hasOwnProperty'],
  ['Function.prototype', 'call', 'bind', 'toString', 'leftOver'],
  ['Array', 'isArray', 'from'],
  ['Array.prototype', 'last', 'concat', 'join', 'flat', 'toSorted', '[Symbol.iterator]'],
  ['String.prototype', 'trim', 'padStart', 'replaceAll', 'red'],
  ['Number.prototype', 'toFixed'],
  ['Symbol.prototype', 'toString'],
  ['BigInt.prototype', 'toJSON'],
  ['Promise', 'all', 'race', 'try'],
  ['Promise.prototype', 'then', 'catch', 'finally', 'done'],
  ['Map.prototype', 'get', 'set', 'forEach'],
  ['Set.prototype', 'add'],
  ['WeakMap.prototype', 'get'],
  ['Date', 'now', 'parse'],
  ['Date.prototype', 'getTime', 'toJSON', 'toISOString'],
  ['RegExp.prototype', 'exec', 'test', '[Symbol.replace]'],
  ['Error', 'captureStackTrace', 'prepareStackTrace', 'stackTraceLimit', 'leftOver'],
  ['Error.prototype', 'toString', 'toJSON', 'name'],
  ['TypeError.prototype', 'name'],
  ['JSON', 'parse', 'stringify'],
  ['Math', 'random', 'floor'],
  ['Reflect', 'get', 'ownKeys', 'apply'],
  ['Intl', 'DateTimeFormat'],
  ['Intl.DateTimeFormat.prototype', 'resolvedOptions'],
  ['Atomics', 'wait'],
  ['ArrayBuffer.prototype', 'slice'],
  ['Object.getPrototypeOf(Uint8Array.prototype)', 'set', 'fill'],
  ['Object.getPrototypeOf([].values())', 'next'],
  ['Object.getPrototypeOf(async function () {})', 'leftOver'],
  ['Object.getPrototypeOf(function* () {}.prototype)', 'next'],
  ['Object.getPrototypeOf(setTimeout(() => {}))', 'unref', 'hasRef'],
  ['Buffer', 'from', 'alloc', 'poolSize', 'concat'],
  ['Buffer.prototype', 'toString', 'write'],
  ['URL', 'canParse'],
  ['URL.prototype', 'toString'],
  ['URLSearchParams.prototype', 'get'],
  ['AbortSignal', 'timeout', 'abort'],
  ['AbortSignal.prototype', 'throwIfAborted'],
  ['EventTarget.prototype', 'addEventListener'],
  ['Headers.prototype', 'get'],
  ['Response.prototype', 'json'],
  ['Blob.prototype', 'text'],
  ['TextEncoder.prototype', 'encode'],
  ['ReadableStream.prototype', 'getReader'],
  ['WebAssembly', 'compile'],
  ['console', 'log', 'error', 'debug', 'leftOver'],
  ['performance', 'now', 'mark'],
  ['crypto', 'getRandomValues'],
  ['crypto.subtle', 'digest'],
  [`shared('mocha').default`, 'Runner', 'version'],
  [`shared('mocha').Runner.prototype`, 'emit', 'fail', 'runTests'],
  [`shared('mocha').Runnable.prototype`, 'run', 'clone'],
  [`shared('mocha').Suite.prototype`, 'addTest'],
  [`shared('mocha').Test.prototype`, 'clone'],
  [`shared('mocha').Context.prototype`, 'timeout'],
  [`shared('mocha').utils`, 'stringify'],
  [`shared('mocha').reporters.Base`, 'useColors', 'generateDiff'],
  [`shared('webdriverio').Key`, 'Enter'],
  [`shared('webdriverio').remote`, 'leftOver'],
  [`shared('expect-webdriverio').expect`, 'extend', 'toBeMine', 'any'],
  [`shared('expect-webdriverio').SoftAssertService.prototype`, 'addFailure'],
  [`shared('expect-webdriverio').wdioCustomMatchers`, 'toBeMine'],
]

function propertyRow(object: string, key: string): SharedState {
  const [member, quoted] = key.startsWith('[')
    ? [`${object}${key}`, key.slice(1, -1)]
    : [`${object}.${key}`, `'${key}'`]
  const what = member.replaceAll(/(?:core|shared)\('([^']+)'\)/g, '$1')
  return [what, `patch(${object}, ${quoted})`, `show(${object}, ${quoted})`]
}

/** Changed in another way than by setting a property. */
const rest: readonly SharedState[] = [
  [
    'listeners of an agent',
    `core('http').globalAgent.on('free', () => {})`,
    `core('http').globalAgent.listenerCount('free')`,
  ],
  ['a getter of fs', `Object.defineProperty(core('fs'), 'statSync', { get: () => 1 })`, `show(core('fs'), 'statSync')`],
  ['a deleted global', `delete globalThis.escape`, `typeof escape`],
  ['a deleted method', `delete Array.prototype.findLast`, `typeof [].findLast`],
  [
    'a hidden property',
    `Object.defineProperty(Object.prototype, 'hidden', { value: 1, configurable: true })`,
    `({}).hidden`,
  ],
  [
    'an import of Node',
    `core('fs').rmSync = () => 'mine'; core('module').syncBuiltinESMExports()`,
    `String((await $baton('node:fs')).rmSync)`,
  ],
  [
    'an import that is out of date',
    `{ const { cpSync } = core('fs'); core('fs').cpSync = () => 1; core('module').syncBuiltinESMExports(); core('fs').cpSync = cpSync }`,
    `String((await $baton('node:fs')).cpSync)`,
  ],
  ['http.globalAgent', `core('http').globalAgent = new (core('http').Agent)()`, `core('http').globalAgent.keepAlive`],
  [
    'a prototype',
    `Object.setPrototypeOf(core('http').Agent.prototype, null)`,
    `String(Object.getPrototypeOf(core('http').Agent.prototype))`,
  ],
  ['EventEmitter.defaultMaxListeners', `core('events').defaultMaxListeners = 99`, `core('events').defaultMaxListeners`],
  ['events.captureRejections', `core('events').captureRejections = true`, `core('events').captureRejections`],
  ['buffer.INSPECT_MAX_BYTES', `core('buffer').INSPECT_MAX_BYTES = 3`, `core('buffer').INSPECT_MAX_BYTES`],
  [
    'the order of DNS results',
    `core('dns').setDefaultResultOrder(core('dns').getDefaultResultOrder() === 'verbatim' ? 'ipv4first' : 'verbatim')`,
    `core('dns').getDefaultResultOrder()`,
  ],
  ['the DNS servers', `core('dns').setServers(['9.9.9.9'])`, `core('dns').getServers()`],
  [
    'the choice of IP version',
    `core('net').setDefaultAutoSelectFamily(!core('net').getDefaultAutoSelectFamily())`,
    `core('net').getDefaultAutoSelectFamily()`,
  ],
  [
    'the timeout of an IP version',
    `core('net').setDefaultAutoSelectFamilyAttemptTimeout(99)`,
    `core('net').getDefaultAutoSelectFamilyAttemptTimeout()`,
  ],
  [
    'the high water mark of streams',
    `core('stream').setDefaultHighWaterMark(false, 7)`,
    `core('stream').getDefaultHighWaterMark(false)`,
  ],
  [
    'the high water mark of object streams',
    `core('stream').setDefaultHighWaterMark(true, 7)`,
    `core('stream').getDefaultHighWaterMark(true)`,
  ],
  ['the umask', `process.umask(0o077)`, `process.umask()`],
  ['the working directory', `process.chdir('/')`, `process.cwd()`],
  ['process.title', `process.title = 'mine'`, `process.title`],
  ['process.exitCode', `process.exitCode = 3`, `process.exitCode`],
  ['the items of process.argv', `process.argv.push('--mine')`, `process.argv`],
  ['the items of process.execArgv', `process.execArgv.push('--mine')`, `process.execArgv`],
  ['process.debugPort', `process.debugPort = 9999`, `process.debugPort`],
  [
    'process.report',
    `process.report.directory = '/mine'; process.report.reportOnFatalError = true`,
    `[process.report.directory, process.report.reportOnFatalError]`,
  ],
  ['source maps', `process.setSourceMapsEnabled(true)`, `process.sourceMapsEnabled`],
  [
    'an environment variable',
    `process.env.LEFT = 'over'; process.env.TZ = 'Asia/Tokyo'`,
    `[process.env.LEFT, process.env.TZ, new Date(0).getHours()]`,
  ],
  ['removed listeners', `process.removeAllListeners('warning')`, `process.listenerCount('warning')`],
  [
    'listeners of the process',
    `process.on('exit', () => {}); process.on('SIGUSR2', () => {}); process.on('removeListener', () => { throw new Error('mine') })`,
    `process.eventNames().map(name => [String(name), process.listenerCount(name)]).filter(([name]) => !/^SIGUSR1/.test(name)).sort()`,
  ],
  ['the limit of listeners', `process.setMaxListeners(98)`, `process.getMaxListeners()`],
  ['listeners of the output', `process.stdout.on('mine', () => {})`, `process.stdout.listenerCount('mine')`],
  [
    'the indentation of the console',
    `console.group('mine')`,
    `Reflect.ownKeys(console).filter(key => typeof key === 'symbol').map(key => console[key]).filter(value => typeof value === 'string')`,
  ],
  [
    'counters of the console',
    `console.count('mine')`,
    `Reflect.ownKeys(console).map(key => console[key]).filter(core('util').types.isMap).map(({ size }) => size)`,
  ],
  ['timers of the console', `console.time('mine')`, `console._times?.size`],
  [
    'marks',
    `performance.mark('mine'); performance.measure('mine')`,
    `performance.getEntries().filter(({ name }) => name === 'mine').length`,
  ],
  [
    'a performance observer',
    `new PerformanceObserver(() => { globalThis.observed = 1 }).observe({ entryTypes: ['mark'] })`,
    `(performance.mark('seen'), await pause(), typeof observed)`,
  ],
  [
    'a subscriber of a channel',
    `core('diagnostics_channel').subscribe('mine', () => {})`,
    `core('diagnostics_channel').channel('mine').hasSubscribers`,
  ],
  [
    'an async hook',
    `core('async_hooks').createHook({ init() { globalThis.hooked = 1 } }).enable()`,
    `(await pause(), typeof hooked)`,
  ],
  [
    'a timer without a reference',
    `setInterval(() => { globalThis.ticked = 1 }, 1).unref()`,
    `(await pause(), typeof ticked)`,
  ],
  [
    'the global dispatcher',
    `globalThis[Symbol.for('undici.globalDispatcher.1')] = { dispatch() {} }`,
    `typeof globalThis[Symbol.for('undici.globalDispatcher.1')].close`,
  ],
  [
    'the options of matchers',
    `shared('expect-webdriverio').setOptions({ wait: 1 })`,
    `shared('expect-webdriverio').getConfig().wait`,
  ],
  ['a matcher', `expect.extend({ toBeMine: () => ({ pass: true, message: () => '' }) })`, `typeof expect(1).toBeMine`],
  [
    'a file in the cache of require',
    `core('module')._cache['/mine.js'] = undefined; delete core('module')._cache['/mine.js']; Object.values(core('module')._cache)[0].exports = 'mine'`,
    `typeof Object.values(core('module')._cache)[0].exports`,
  ],
]

export const sharedState: readonly SharedState[] = [
  ...properties.flatMap(([object, ...keys]) => keys.map(key => propertyRow(object, key))),
  ...rest,
]

/** What can't be put back: the worker is replaced. */
export const lastingChanges: readonly [what: string, change: string][] = [
  ['a frozen builtin', `Object.freeze(Array.prototype)`],
  ['a builtin that can no longer be extended', `Object.preventExtensions(core('fs'))`],
  ['a sealed package', `Object.seal(shared('mocha').Runner.prototype)`],
  ['a property that cannot be removed', `Object.defineProperty(globalThis, 'mine', { value: 1 })`],
  ['a flag of V8', `core('v8').setFlagsFromString('--stack-size=900')`],
  ['a loader hook', `core('module').register('data:text/javascript,export {}')`],
  ['a core module that changes how Node works', `core('inspector')`],
  ['a timer that still runs', `setInterval(() => {}, 1000)`],
  ['a server', `core('net').createServer().listen(0)`],
  ['a worker thread', `new (core('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true })`],
  ['a child process', `core('child_process').spawn('sleep', ['60'])`],
  ['a file that is watched', `core('fs').watch('/tmp')`],
]

const broken = `() => { throw new Error('broken') }`

/** What mocha and Baton need themselves. */
export const brokenForAll: readonly string[] = [
  `shared('mocha').Runner.prototype.emit = ${broken}`,
  `Array.prototype.map = ${broken}; Array.prototype.push = ${broken}`,
  `Map.prototype.get = ${broken}; Set.prototype.has = ${broken}`,
  `Object.assign(Object.prototype, { get: ${broken}, value: 1, then: undefined })`,
  `Reflect.ownKeys = Reflect.defineProperty = Reflect.getOwnPropertyDescriptor = ${broken}`,
  `Promise.prototype.then = () => {}`,
  `JSON.stringify = () => 'mine'; JSON.parse = ${broken}`,
  `globalThis.setTimeout = globalThis.setImmediate = () => {}`,
  `process.nextTick = () => {}`,
  `core('events').prototype.emit = ${broken}`,
]

/** What the code above uses. */
export const sharedStatePrelude = `
  const core = name => process.getBuiltinModule('node:' + name)
  const packages = {}
  for (const name of ['mocha', 'webdriverio', 'expect-webdriverio']) packages[name] = await $baton(name)
  const shared = name => packages[name]
  const { isProxy } = core('util').types
  const pause = () => new Promise(resolve => setTimeout(resolve, 5))
  // A proxy changes nothing but itself: mocha and Baton still work although all is patched.
  const patch = (object, key) => {
    const value = object[key]
    const isObject = typeof value === 'function' || (typeof value === 'object' && value !== null)
    object[key] = isObject ? new Proxy(value, {}) : typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : value + 'x'
  }
  const show = (object, key) => {
    const { value, get } = Object.getOwnPropertyDescriptor(object, key) ?? { value: '(missing)' }
    if (get) return (isProxy(object[key]) ? 'a proxy from ' : '') + 'getter ' + get
    return isProxy(value) ? 'proxy' : typeof value === 'function' || typeof value !== 'object' ? String(value) : Object.keys(value ?? {})
  }
`
