/** Programs like those in node-programs.ts: assignments that Node refuses only when they run. */
export const assignmentPrograms: Record<string, Record<string, string>> = {
  'assignments to constants': {
    'main.mjs': `
      const a = 1, ab = { n: 2 }
      class Page { rename() { Page = 1 } }
      const inner = class Inner { static rename() { Inner = 1 } }
      const attempt = act => { try { return act() } catch (error) { return [error.name, error.message] } }
      export const seen = [() => { a = 2 }, () => a++, () => { [a] = [1] }, () => { ({ ab } = {}) }, () => { ({ x: ab = 3 } = {}) },
        () => { for (a of [1]); }, () => a ||= 2, () => a &&= 2, () => { [...a] = [] }, () => { ab.n = 5; return ab.n }, () => { for (const i = 0; i < 2; i++); },
        () => new Page().rename(), () => inner.rename(), () => { ({ ...ab } = {}) }].map(attempt).concat(a)`,
  },
  'assignments to imports': {
    'main.mjs': `
      import def, { y, bump } from './live.mjs'
      import { fixed } from './fixed.mjs'
      import * as live from './live.mjs'
      import * as final from './fixed.mjs'
      import old, { n } from './old.cjs'
      import { existsSync } from 'node:fs'
      const attempt = act => { try { return act() } catch (error) { return error.name } }
      const seenNow = [() => { y = 1 }, () => y++, () => { ({ y } = { y: 3 }) }, () => { [y] = [3] }, () => { def = 1 }, () => { fixed = 1 }, () => { live = 1 },
        () => { live.y = 2 }, () => { live['y'] = 2 }, () => delete live.y, () => { (live).y++ }, () => { final.fixed = 3 }, () => delete final['fixed'],
        () => { n = 1 }, () => { old.n = 9; return old.n }, () => { existsSync = 1 }, () => { live.none = 1 }, () => delete live.none].map(attempt)
      bump()
      export const seen = [...seenNow, y, fixed, live.y, [y], { y }]`,
    'live.mjs': `export let y = 1; export const bump = () => { y++ }; export default 'default'`,
    'fixed.mjs': `export const fixed = 'fixed'`,
    'old.cjs': `exports.n = 7`,
  },
  'assignments to constants in CommonJS': {
    'main.cjs': `
      const a = 1
      let refused
      with ({ inside: 1 }) { try { a = 2 } catch (error) { refused = error.message } }
      exports.seen = [refused, require('./strict.cjs')]`,
    'strict.cjs': `'use strict'; const b = 1; try { b += 2 } catch (error) { module.exports = error.message }`,
  },
  'assignments to constants in TypeScript': {
    'main.ts': `
      import { y } from './live.js'
      import * as live from './live.js'
      const limit: number = 1
      enum Role { Alice = 'alice' }
      const attempt = (act: () => unknown): unknown => { try { return act() } catch (error) { return (error as Error).name } }
      export const seen = [() => { (limit as any) = 2 }, () => { limit! = 3 }, () => { (y as any) = 2 }, () => { (live as any).y = 2 },
        () => { (live as { y: number }).y++ }, () => { (Role as any).Alice = 'bob' }, () => { for ((limit as any) of [1]); }].map(attempt).concat(limit, y, Role.Alice)`,
    'live.ts': `export let y = 1; export const bump = () => { y++ }`,
    'package.json': `{ "type": "module" }`,
  },
}
