/** Each folder is a program. Its first file exports `seen`, which must be what Node has, or tsx for TypeScript. */
export const programs: Record<string, Record<string, string>> = {
  'names of classes': {
    'main.mjs': `
      import { Page as Other, make } from './other.mjs'
      import Anonymous from './anonymous.mjs'
      import arrow from './arrow.mjs'
      import fn, { sum } from './fn.mjs'
      class Page { static #count = 1; static self = Page.name; static count() { return ++Page.#count } static { this.own = this.name } }
      const Expression = class {}
      const Named = class Inner { static inner = Inner.name }
      export class Login { static of = Login }
      export const seen = [Page.name, Page.self, Page.own, Page.count(), Other.name, make().constructor.name, new Other().open.name,
        Anonymous.name, Anonymous.own, arrow.name, fn.name, sum.name, Expression.name, Named.name, Named.inner, Login.name, Login.of === Login]`,
    'other.mjs': `export class Page { static made = new Page(); open() {} }\nexport const make = () => new (class Page {})()`,
    'anonymous.mjs': `export default class { static own = this.name }`,
    'arrow.mjs': `export default () => {}`,
    'fn.mjs': `export default function () {}\nexport function sum(a, b) { return a + b }`,
  },
  'texts of functions': {
    'main.mjs': `
      import { limit } from './limit.mjs'
      import * as all from './limit.mjs'
      function outer() { const inner = () => 1; function deep() { return inner() } return deep() /* kept */ }
      class Page { static make() { return new Page() } }
      export const seen = [String(outer), String(Page), String(() => limit + all.limit), outer.toString().length]`,
    'limit.mjs': `export const limit = 1`,
  },
  'sloppy CommonJS': {
    'main.cjs': `
      counter = 0
      var package = 1, interface = package
      function alias(a) { arguments[0] = 2; return a }
      function twice(a, a) { return a }
      var held = { x: 1 }
      with (held) { x = 5 }
      delete held
      module.exports = { seen: [interface, counter, globalThis.counter, alias(1), twice(1, 2), 017, held.x, this === exports, typeof held,
        (function () { return this === globalThis })(), arguments.length, arguments[1] === require, require('./strict.cjs')] }
      delete globalThis.counter`,
    'strict.cjs': `'use strict'; let name; try { undeclared = 1 } catch (error) { name = error.name } module.exports = [name, (function () { return this })() === undefined]`,
  },
  'the module object': {
    'main.cjs': `
      const path = require('path')
      const child = require('./child.cjs')
      const again = require('./child.cjs') === child
      const key = require.resolve('./child.cjs')
      const cached = require.cache[key].exports === child
      delete require.cache[key]
      const fresh = require('./child.cjs') !== child
      require.cache[key].exports = 'replaced'
      exports.seen = [again, cached, fresh, require('./child.cjs'), path.basename(key), path.basename(__filename), path.basename(__dirname),
        path.basename(module.filename), module.id === __filename, module.loaded, require.main === module, child.parent,
        module.children.length, path.basename(module.path), typeof module.require, module.require('./data.json').n, module instanceof require('module'),
        Object.keys(require.cache).filter(file => file.startsWith(__dirname)).length, require.resolve('fs'), require.resolve.paths('x')[0] === path.join(__dirname, 'node_modules')]`,
    'child.cjs': `module.exports = { parent: require('path').basename(module.parent.filename), main: require.main === module }`,
    'data.json': `{ "n": 3 }`,
  },
  'circular CommonJS': {
    'main.cjs': `exports.early = 1; const b = require('./b.cjs'); exports.late = 2; exports.seen = [b.saw, b.later()]`,
    'b.cjs': `const a = require('./main.cjs'); exports.saw = { ...a }; exports.later = () => a.late`,
  },
  'live bindings': {
    'main.mjs': `
      import { count, next, again } from './count.mjs'
      import * as all from './count.mjs'
      import { count as through } from './through.mjs'
      const before = [count, again, all.count, through]
      const pair = () => ({ count })
      next()
      let refused
      const alias = all; try { alias.count = 9 } catch (error) { refused = error.name }
      export const seen = [before, [count, again, all.count, through], pair(), refused, Object.keys(all), Object.prototype.toString.call(all), Object.isExtensible(all),
        Object.getPrototypeOf(all), 'count' in all, all.missing === undefined]`,
    'count.mjs': `export let count = 1; export function next() { count++ }; export { count as again }; export default count`,
    'through.mjs': `export * from './count.mjs'`,
  },
  'circular ES modules': {
    'main.mjs': `
      import { b, readLate, callHoisted, early } from './b.mjs'
      export const late = 'late'
      export function hoisted() { return 'hoisted ' + b.length }
      export class Base {}
      export let changing = 1
      changing = 2
      export const seen = [readLate(), callHoisted(), early]`,
    'b.mjs': `
      import { late, hoisted, changing } from './main.mjs'
      import * as main from './main.mjs'
      export const b = 'bb'
      export const readLate = () => [late, changing, main.late]
      export const callHoisted = () => hoisted()
      export let early
      try { early = late } catch (error) { early = error.name }
      try { early += ' ' + main.late } catch (error) { early += ' ' + error.name }
      early += typeof hoisted + typeof main.hoisted`,
  },
  'names of exports': {
    'main.mjs': `
      import * as all from './names.mjs'
      import { __proto__ as proto, 'a b' as text, class as reserved } from './names.mjs'
      export const seen = [Object.keys(all), proto, text, reserved, Object.getPrototypeOf(all)]`,
    'names.mjs': `const a = 1; export { a as __proto__, a as constructor, a as 'a b', a as class, a as then }`,
  },
  'imports with a query': {
    'main.mjs': `
      import { n } from './count.mjs?static'
      const later = await import('./count.mjs?later')
      export const seen = [n, later.n]`,
    'count.mjs': `export const n = 1`,
  },
  'circular stars': {
    'main.mjs': `import * as a from './a.mjs'; import { x, y } from './b.mjs'; export const seen = [x, y, Object.keys(a), a.same, 'clash' in a]`,
    'a.mjs': `export * from './b.mjs'; export const x = 'x'; export * from './c.mjs'; export * from './d.mjs'`,
    'b.mjs': `export * from './a.mjs'; export const y = 'y'; export default 'not starred'`,
    'c.mjs': `export const clash = 1; export { same } from './d.mjs'`,
    'd.mjs': `export const clash = 2; export const same = 'same'; export * as inner from './b.mjs'`,
  },
  'this of imported functions': {
    'main.mjs': `
      import * as helpers from './helpers.mjs'
      import main, { self as plain } from './helpers.mjs'
      export const seen = [helpers.self() === helpers, plain() === undefined, main.self() === main, helpers.keys(), (0, helpers.self)() === undefined]`,
    'helpers.mjs': `export function self() { return this }\nexport function keys() { return Object.keys(this) }\nexport default { self }`,
  },
  'top-level await': {
    'main.mjs': `
      import { order } from './order.mjs'
      import './slow.mjs'
      import './quick.mjs'
      order.push('main')
      const later = import('./later.mjs').then(({ done }) => order.push(done))
      order.push('asked')
      await later
      for await (const each of [1]) order.push(each)
      export const seen = order`,
    'order.mjs': `export const order = []`,
    'slow.mjs': `import { order } from './order.mjs'; order.push('slow'); await null; await null; order.push('slow done')`,
    'quick.mjs': `import { order } from './order.mjs'; order.push('quick')`,
    'later.mjs': `import { order } from './order.mjs'; order.push('later'); export const done = await Promise.resolve('later done')`,
  },
  'failing imports': {
    'main.mjs': `
      const first = await import('./fails.mjs').catch(error => error)
      const second = await import('./fails.mjs').catch(error => error)
      const missing = await import('./no' + 'thing.mjs').catch(error => error.code)
      const bare = await import('no-such-' + 'package').catch(error => error.code)
      export const seen = [first.message, first === second, missing, bare]`,
    'fails.mjs': `throw new Error('on purpose')`,
  },
  'CommonJS from ES modules': {
    'main.mjs': `
      import whole, { a, name } from './old.cjs'
      import converted, { b } from './converted.cjs'
      import * as all from './old.cjs'
      import data from './data.json' with { type: 'json' }
      import fs, { existsSync } from 'node:fs'
      import { createRequire } from 'node:module'
      const require = createRequire(import.meta.url)
      export const seen = [whole.a === a, name, converted.default, b, Object.keys(all).includes('a'), all.default === whole, data,
        fs.existsSync === existsSync, require('./old.cjs') === whole, typeof require.resolve]`,
    'old.cjs': `exports.a = { n: 1 }; exports.name = 'old'`,
    'converted.cjs': `Object.defineProperty(exports, '__esModule', { value: true }); exports.default = 'default'; exports.b = 'b'`,
    'data.json': `{ "n": [1, 2] }`,
  },
  'JSON with and without import attributes': {
    'main.mjs': `
      import data from './data.json' with { type: 'json' }
      import old from './old.cjs'
      const later = await import('./data.json', { with: { type: 'json' } })
      export const seen = [data, old, later.default === data]`,
    'old.cjs': `module.exports = require('./data.json').n`,
    'data.json': `{ "n": 1 }`,
  },
  'data: URLs': {
    'main.mjs': `
      import { value } from 'data:text/javascript,export const value = 1'
      import data from 'data:application/json,[2]' with { type: 'json' }
      const later = await import('data:text/javascript,export default ' + '3')
      const computed = await import(['data:text/javascript', 'export default 4'].join())
      export const seen = [value, data, later.default, computed.default, await import('data:,').catch(error => error.code)]`,
  },
  'default exports in parentheses': {
    'main.mjs': `
      import settings, { line } from './settings.mjs'
      import last from './last.mjs'
      import called from './called.mjs'
      import Page from './page.mjs'
      export const seen = [settings, line, last, called, Page.name, new Page().at]`,
    'settings.mjs': `export default /** @type {any}
      with a comment */ ({ n: 1 })
      export const line = 'next line'`,
    'last.mjs': `export default (0, 2) // the last\n;[].length`,
    'called.mjs': `export default (() => ({ n: 3 }))()`,
    'page.mjs': `export default (class { at = 'page' });`,
  },
  'import() in functions': {
    'main.mjs': `
      const load = async name => {
        const ready = 'ready'
        import('./b.mjs')
        if (name === 'b') import('./b.mjs'); else await import('./a.mjs')
        const { value } = await import(\`./\${name}.mjs\`)
        return [ready, value, (await import('./data.json', { with: { type: 'json' } })).default]
      }
      export const seen = [await load('a'), await load('b')]`,
    'a.mjs': `export const value = 'a'`,
    'b.mjs': `export const value = 'b'`,
    'data.json': `[1]`,
  },
  'import.meta': {
    'main.mjs': `
      import { basename } from 'node:path'
      export const seen = [basename(import.meta.url), basename(import.meta.filename), basename(import.meta.dirname), import.meta.resolve('./x.mjs') === new URL('x.mjs', import.meta.url).href,
        import.meta.resolve('node:fs'), Object.getPrototypeOf(import.meta), typeof this, typeof require, typeof module, typeof __filename]`,
  },
  'TypeScript with import': {
    'main.ts': `
      import { basename } from 'node:path'
      import def, { Role, type Kind, counter, bump } from './parts'
      import old = require('./old.cjs')
      import * as parts from './parts'
      enum Local { A = 'a' }
      abstract class Page<T> { constructor(readonly value: T) {} static of = Page.name }
      namespace Space { export const inside = 'inside' }
      bump()
      const kind: Kind = 'kind'
      export const seen = [def.name, Role.Alice, kind, counter, old.n, Object.keys(parts), Local.A, Page.name, Page.of, Space.inside, parts.Nested.deep,
        basename(__filename), basename(__dirname), basename(import.meta.url), typeof require]`,
    'parts.ts': `
      export default class LoginPage { static made = new LoginPage() }
      export enum Role { Alice = 'alice' }
      export type Kind = 'kind'
      export let counter = 0
      export const bump = () => { counter++ }
      export namespace Nested { export const deep = 'deep' }
      export type { Other } from './types'`,
    'types.ts': `export interface Other { a: 1 }`,
    'old.cjs': `exports.n = 7`,
  },
  decorators: {
    'main.ts': `
      const names: string[] = []
      const note = (target: Function) => { names.push(target.name) }
      const keep = (target: object, key: string) => { names.push(key) }
      @note class Page { static make() { return new Page() } @keep open() {} }
      @note class Self { static self = Self; static title = Self.name }
      export const seen = [Page.name, Page.make().constructor === Page, Self.name, Self.title, Self.self === Self, names]`,
    'tsconfig.json': `{ "compilerOptions": { "experimentalDecorators": true, "strict": true, "useDefineForClassFields": false } }`,
  },
  'standard decorators': {
    'main.ts': `
      const names: unknown[] = []
      const note = (target: Function, context: ClassDecoratorContext) => { names.push(target.name, context.name) }
      const field = (_: undefined, context: ClassFieldDecoratorContext) => { names.push(context.name) }
      @note class Page { static self = Page; static title = Page.name; #secret = 1; secret() { return this.#secret } }
      class Other { @field at = 1; static title = Other.name; static own = this.name }
      const sent = () => { const inner = () => 1; function deep() { return inner() } return deep() }
      export const seen = [Page.name, Page.title, Page.self === Page, new Page().secret(), Other.name, Other.title, Other.own, names,
        sent.name, sent()]`,
  },
  'old TypeScript': {
    'main.cts': `
      import parts = require('./parts.cjs')
      const kind: string = typeof module
      export = { seen: [parts.name, kind, typeof exports] }`,
    'parts.cjs': `module.exports = class Page {}`,
  },
}
