import { sharedProperties, type SharedState } from './shared-properties.js'

/** Changed in another way than by setting a property. */
const rest: readonly SharedState[] = [
  [
    'listeners of an agent',
    `core('http').globalAgent.on('free', () => {})`,
    `core('http').globalAgent.listenerCount('free')`,
  ],
  ['a getter of fs', `Object.defineProperty(core('fs'), 'statSync', { get: () => 1 })`, `show(core('fs'), 'statSync')`],
  [
    'properties of plain functions',
    `core('fs').readFile.mine = Array.prototype.map.mine = core('events').once.mine = shared('mocha').Runner.prototype.run.mine = 1`,
    `[core('fs').readFile, Array.prototype.map, core('events').once, shared('mocha').Runner.prototype.run].map(each => each.mine)`,
  ],
  [
    'a property of a getter',
    `Object.getOwnPropertyDescriptor(Map.prototype, 'size').get.mine = 1`,
    `Object.getOwnPropertyDescriptor(Map.prototype, 'size').get.mine`,
  ],
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
    'properties of the output',
    `process.stdout.isTTY = true; process.stderr.columns = 3`,
    `[process.stdout.isTTY, process.stderr.columns]`,
  ],
  [
    'output that was ended',
    `process.stderr.destroy(); process.stdout.end()`,
    `[process.stderr.destroyed, process.stdout.writableEnded]`,
  ],
  ['output that is held back', `process.stdout.cork()`, `process.stdout.writableCorked`],
  ['listeners of the input', `process.stdin.on('mine', () => {})`, `process.stdin.listenerCount('mine')`],
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
    'a hook of promises',
    `core('v8').promiseHooks.onSettled(() => { globalThis.settled = 1 })`,
    `(await pause(), typeof settled)`,
  ],
  [
    'a timer without a reference',
    `setInterval(() => { globalThis.ticked = 1 }, 1).unref()`,
    `(await pause(), typeof ticked)`,
  ],
  [
    'a signal that is aborted later',
    `AbortSignal.timeout(3).onabort = () => { globalThis.aborted = 1 }`,
    `(await pause(), typeof aborted)`,
  ],
  [
    'a signal of signals',
    // Its handler keeps the first signal, which could be collected before it is aborted.
    `const source = AbortSignal.timeout(3); AbortSignal.any([source]).onabort = () => { globalThis.abortedAny = [source].length }`,
    `(await pause(), typeof abortedAny)`,
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

export const sharedState: readonly SharedState[] = [...sharedProperties, ...rest]

/** What can't be put back: the worker is replaced. */
export const lastingChanges: readonly [what: string, change: string][] = [
  ['a frozen builtin', `Object.freeze(Array.prototype)`],
  ['a builtin that can no longer be extended', `Object.preventExtensions(core('fs'))`],
  ['a frozen function', `Object.freeze(core('fs').readFile)`],
  ['a sealed package', `Object.seal(shared('mocha').Runner.prototype)`],
  ['a property that cannot be removed', `Object.defineProperty(globalThis, 'mine', { value: 1 })`],
  ['a flag of V8', `core('v8').setFlagsFromString('--stack-size=900')`],
  ['a loader hook', `core('module').register('data:text/javascript,export {}')`],
  ['an ES module from the disk', `await $baton('data:text/javascript,export let n = 1')`],
  ['a core module that changes how Node works', `core('inspector')`],
  ['a timer that still runs', `setInterval(() => {}, 1000)`],
  ['a server', `core('net').createServer().listen(0)`],
  ['a worker thread', `new (core('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true })`],
  ['a child process', `core('child_process').spawn('sleep', ['60'])`],
  ['a file that is watched', `core('fs').watch('/tmp')`],
  ['a server that is not waited for', `core('http').createServer().listen(0).unref()`],
  ['a UDP socket that is not waited for', `core('dgram').createSocket('udp4').bind(0).unref()`],
  [
    'a child process that is not waited for',
    `core('child_process').spawn('sleep', ['60'], { stdio: 'ignore' }).unref()`,
  ],
  ['a watcher that is not waited for', `core('fs').watch('/tmp', { persistent: false }, () => {})`],
  ['a file that is looked at', `core('fs').watchFile('/tmp/none', () => {}).unref()`],
  ['input that was read', `process.stdin.resume()`],
  ['an output that can no longer be extended', `Object.preventExtensions(process.stderr)`],
  ['a property of an output that cannot be removed', `Object.defineProperty(process.stdout, 'isTTY', { value: true })`],
  [
    'a wait that the event loop does not see',
    `void (async () => { for (;;) await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5).value })()`,
  ],
  [
    'a promised interval without a reference',
    `void (async () => { for await (const _ of core('timers/promises').setInterval(3, 0, { ref: false })); })()`,
  ],
  [
    'a promised timeout without a reference',
    `core('util').promisify(setTimeout)(60_000, 0, { ref: false }).then(() => {})`,
  ],
  ['a callback for collected objects', `new FinalizationRegistry(() => {}).register({}, 1)`],
  [
    'a channel that is not waited for',
    `const channel = new BroadcastChannel('mine'); channel.onmessage = () => {}; channel.unref()`,
  ],
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
