import { fails, mayHide, type Part } from './part.js'
import type { Random } from './hostile-values.js'

/** What a module may do to JavaScript itself. */
export const languageKinds: Readonly<Record<string, (random: Random) => Part>> = {
  'stack settings': random =>
    mayHide(
      random.pick([
        `Error.prepareStackTrace = () => { throw new Error('hostile') }`,
        `Error.stackTraceLimit = 0`,
        `Error.captureStackTrace = undefined`,
        `Error.prototype.toString = () => { throw new Error('hostile') }`,
      ]),
    ),
  'catch all': random =>
    mayHide(
      random.pick([
        `process.setUncaughtExceptionCaptureCallback(() => {})`,
        `process.on('uncaughtException', () => { globalThis.hostile = 1 })`,
        `process.on('unhandledRejection', () => { throw new Error('hostile') })`,
        `process.prependListener('exit', () => { for (;;); })`,
      ]),
    ),
  symbols: random =>
    mayHide(
      random.pick([
        `Array.prototype[Symbol.iterator] = function* () {}`,
        `Object.prototype[Symbol.toStringTag] = 'hostile'`,
        `Object.defineProperty(Promise, Symbol.species, { value: function () {}, configurable: true })`,
        `Function.prototype[Symbol.hasInstance] === 1; Object.defineProperty(Error, Symbol.hasInstance, { value: () => true, configurable: true })`,
        `Object.defineProperty(globalThis, 'hostile', { value: 1 })`,
        `Object.defineProperty(console, 'log', { get() { throw new Error('hostile') } })`,
      ]),
    ),
  evaluated: random =>
    fails(
      random.pick([
        `eval('throw new Error("hostile")')`,
        `new Function('throw new Error("hostile")')()`,
        `require('vm').runInNewContext('throw new Error("hostile")')`,
        `(() => { throw require('vm').runInNewContext('new Proxy(function () {}, {})') })()`,
      ]),
    ),
}
