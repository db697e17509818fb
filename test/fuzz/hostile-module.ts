import { kinds, patchedTargets } from './hostile-kinds.js'
import type { Part } from './part.js'
import { honestVerdicts, type PlacedPart } from './honest-verdicts.js'
import { names, randomOf, type Random } from './hostile-values.js'

/** A module that is made of a seed and an index, and always the same for both. */
export interface HostileModule {
  index: number
  /** What it does, in order. */
  kinds: string[]
  code: string
  /** The verdicts that are true of it. */
  verdicts: ReadonlySet<string>
}

const hooks = ['before', 'after', 'beforeEach', 'afterEach'] as const

/** @param only - the places of the parts to keep, to find the one that is to blame */
export function hostileModule(seed: number, index: number, only?: readonly number[]): HostileModule {
  const random = randomOf(seed * 1_000_003 + index)
  const chosen = Array.from({ length: 1 + random.below(3) }, () => {
    const kind = random.pick(Object.keys(kinds))
    return { kind, ...place(random, (kinds[kind] as (random: Random) => Part)(random)) }
  }).filter((_, at) => !only || only.includes(at))
  const body = chosen.map(({ written }) => written).join('\n')
  return {
    index,
    kinds: chosen.map(({ kind }) => kind),
    code: `${imports}\n${body}\nit('last', () => {})\n`,
    verdicts: honestVerdicts(chosen),
  }
}

function place(random: Random, part: Part): PlacedPart & { written: string } {
  if (part.atLoad) return { part, place: 'load', written: part.code }
  const body = `async () => { ${part.code} }`
  const where = random.below(6)
  if (where === 0) {
    const hook = random.pick(hooks)
    return { part, place: hook, written: `${hook}(${body}); it('a', () => {})` }
  }
  if (where === 1) {
    const modifier = random.pick(['only', 'skip'] as const)
    return { part, place: modifier, written: `it.${modifier}('a', ${body})` }
  }
  return { part, place: 'test', written: `it(${random.pick([...names, `'plain'`])}, ${body})` }
}

const imports = `import { createRequire } from 'node:module'
import * as mocha from 'mocha'
import { browser, expect, $ } from '@wdio/globals'
const core = createRequire('/')
const require = name => (name === 'mocha' ? mocha.default : core('node:' + name))`

/** Fails if it sees anything of another module. */
export const innocentModule = `${imports}
describe('an innocent module', () => {
  it('finds all as it should be', async () => {
    const found = [
      typeof globalThis.hostile, typeof [].hostile, typeof ({}).get, typeof ({}).value, typeof (() => {}).then, typeof fetch, typeof Buffer,
      [1].map(one => one + 1)[0], JSON.stringify({ a: [1] }), 'a,b'.split(',').length, Object.keys({ a: 1 }).length,
      process.env.HOSTILE, process.exitCode, process.cwd() === '/', process.title === 'hostile', process.umask() === 0o777, process.argv.length > 0,
      require('fs').readFileSync('/dev/null', 'utf8'), Object.isFrozen(Array.prototype), Object.isFrozen(console), new Error('m').message,
      typeof browser.hostile, [...'ab'].length, String({}), /:\\d+:\\d+/.test(new Error('m').stack), {} instanceof Error,
      process.stdout.isTTY === 'hostile', process.stdin.listenerCount('data'), typeof ({}).title,
    ]
    expect(JSON.stringify(found)).toBe('["undefined","undefined","undefined","undefined","undefined","function","function",2,"{\\\\"a\\\\":[1]}",2,1,null,null,false,false,false,true,"",false,false,"m","undefined",2,"[object Object]",true,false,false,0,"undefined"]')
    const patched = [${patchedTargets.join(', ')}].filter(target => typeof target !== 'function' || String(target).includes('hostile'))
    expect(patched.map(String)).toEqual([])
    await new Promise(resolve => setTimeout(resolve, 3))
    await new Promise(resolve => process.nextTick(resolve))
    expect(typeof globalThis.hostile).toBe('undefined')
    await browser.getOrientation()
  })
})
`
