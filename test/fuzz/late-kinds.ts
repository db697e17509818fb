import { either, mayHide, passes, type Part } from './part.js'
import type { Random } from './hostile-values.js'

const again = `globalThis.hostile = 1`

/** What a module may leave that runs later, or that the next one finds. */
export const lateKinds: Readonly<Record<string, (random: Random) => Part>> = {
  later: random =>
    passes(
      random.pick([
        `void (async () => { for (;;) { await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5).value; ${again} } })()`,
        `void (async () => { for await (const _ of require('timers/promises').setInterval(3, 0, { ref: false })) ${again} })()`,
        `void (async () => { for (;;) { await require('timers/promises').scheduler.wait(3); ${again} } })()`,
        `void (async () => { for (;;) { await require('util').promisify(setTimeout)(3, 0, { ref: false }); ${again} } })()`,
        `AbortSignal.any([AbortSignal.timeout(20)]).onabort = () => { ${again} }`,
        `require('v8').promiseHooks.onSettled(() => { ${again} })`,
        `globalThis.registry = new FinalizationRegistry(() => { ${again} }); for (let i = 0; i < 99; i++) registry.register({}, i)`,
        `{ const { port1, port2 } = new MessageChannel(); port1.onmessage = () => { ${again}; port2.postMessage(1) }; port2.postMessage(1); port1.unref(); port2.unref() }`,
        `(function f() { ${again}; setImmediate(f) })()`,
        `require('fs').createReadStream('/dev/zero').on('data', () => { ${again} })`,
        `new (require('worker_threads').Worker)('for(;;);', { eval: true }).unref()`,
      ]),
    ),
  streams: random =>
    passes(
      random.pick([
        `process.stdout.isTTY = 'hostile'; process.stderr.columns = 3`,
        `process.stdout.cork(); process.stderr.cork()`,
        `process.stdout.destroy(); process.stderr.destroy()`,
        `process.stdin.on('data', () => {})`,
        `require('readline').createInterface({ input: process.stdin })`,
        `require('fs').readFileSync(0)`,
      ]),
    ),
  'odd process': random =>
    either(
      random.pick([
        `process.stdout.end(); process.stderr.end()`,
        `process.stdout._handle?.close?.()`,
        `require('child_process').fork(process.argv[1]).unref()`,
        `require('cluster').fork()`,
        `process.setgid(65534); process.setuid(65534)`,
        `require('fs').truncateSync(require('fs').openSync('sparse', 'w'), 5e10)`,
        `require('child_process').execFileSync('prlimit', ['--pid', String(process.pid), '--nofile=25:25'])`,
        `process.emit('SIGTERM'); process.emit('beforeExit', 0); process.emit('internalMessage', { cmd: 'NODE_x' })`,
      ]),
    ),
  'test objects': random =>
    mayHide(
      random.pick([
        `mocha.default.Runnable.prototype.isFailed = () => false`,
        `Object.defineProperty(Object.prototype, 'title', { set() {}, get() { return 'hostile' }, configurable: true })`,
        `Object.defineProperty(Object.prototype, 'error', { get() { throw new Error('hostile') }, set() {}, configurable: true })`,
        `Map.prototype.set = function () { return this }`,
        `Object.defineProperty(Array, Symbol.species, { value: class extends Array { constructor() { super(); throw new Error('hostile') } }, configurable: true })`,
      ]),
    ),
}
