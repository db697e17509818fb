import assert from 'node:assert/strict'
import { formatLocation } from '../../../src/error/baton-error.js'
import type { ModuleNeeds } from '../../../src/module/read-needs.js'
import { errorsOf, loadOne, summary } from './project.js'

async function needsOf(files: Record<string, string>, setup: string[] = []): Promise<ModuleNeeds> {
  return (await loadOne(files, { setup })).stated
}

const rolesOf = async (files: Record<string, string>): Promise<string[]> => Object.keys((await needsOf(files)).needs)

describe('needs of a module: literals', () => {
  it('reads each literal as the name of a device, with its line', async () => {
    const { needs, firstRole, places, declared } = await needsOf({
      'test/chat.ts': [
        `import { useDevice } from 'baton'`,
        `it('talks', async () => {`,
        `  await useDevice('alice')`,
        `  await useDevice('bob', async () => {})`,
        `  await useDevice('alice')`,
        `})`,
      ].join('\n'),
    })
    assert.deepEqual(needs, { alice: 'name=alice', bob: 'name=bob' })
    assert.equal(firstRole, 'alice')
    assert.equal(declared, false)
    assert.deepEqual(places, {
      alice: { file: 'test/chat.ts', line: 3, column: 9 },
      bob: { file: 'test/chat.ts', line: 4, column: 9 },
    })
  })

  it('recognizes a module that never calls useDevice', async () => {
    const { needs, firstRole } = await needsOf({
      'chat.ts': `import { $ } from '@wdio/globals'; import { useDevice } from 'baton'; await $('a')`,
    })
    assert.deepEqual([needs, firstRole], [{}, undefined])
  })

  const ways: Record<string, string> = {
    'under another name': `import { useDevice as take } from 'baton'; take('alice')`,
    'through a namespace': `import * as baton from 'baton'; baton.useDevice('alice')`,
    'through a computed member': `import * as baton from 'baton'; baton['useDevice']('alice')`,
    'through an alias': `import { useDevice } from 'baton'; const take = useDevice; take('alice')`,
    'through destructuring': `import * as baton from 'baton'; const { useDevice: take = null } = baton; take('alice')`,
    'through the rest of destructuring': `import * as baton from 'baton'; const { onDevice, ...rest } = baton; rest.useDevice('alice')`,
    'through an object': `import { useDevice } from 'baton'; const device = { take: useDevice }; device.take('alice')`,
    'with optional chaining': `import * as baton from 'baton'; baton?.useDevice?.('alice')`,
    'by dynamic import': `const { useDevice } = await import('baton'); useDevice('alice')`,
    'by dynamic import in one expression': `(await import('baton')).useDevice('alice')`,
    'by a promise': `import('baton').then(({ useDevice }) => useDevice('alice'))`,
    'by a promise of the whole': `import('baton').then(function (baton) { return baton.useDevice('alice') })`,
    'by require': `const { useDevice } = require('baton'); useDevice('alice')`,
    'by require in one expression': `require('baton').useDevice('alice')`,
    'as a compiler writes it': `"use strict"; Object.defineProperty(exports, "__esModule", { value: true }); const baton_1 = require("baton"); (0, baton_1.useDevice)('alice')`,
    'by a later assignment': `import * as baton from 'baton'; let take; take = baton.useDevice; take('alice')`,
  }
  for (const [way, text] of Object.entries(ways)) {
    it(`follows useDevice ${way}`, async () => {
      assert.deepEqual(await rolesOf({ 'chat.js': text }), ['alice'])
    })
  }

  const names: Record<string, [string, string[]]> = {
    'a template': ['useDevice(`alice`)', ['alice']],
    'a constant': [`const ALICE = 'alice'; useDevice(ALICE)`, ['alice']],
    'a constant of constants': [`const N = 'ali', A = N + 'ce'; useDevice(\`\${A}-1\`)`, ['alice-1']],
    'a member of a constant': [`const NAMES = { a: 'alice', b: 'bob' } as const; useDevice(NAMES.a)`, ['alice']],
    'a member in brackets': [`const NAMES = Object.freeze({ a: { b: 'alice' } }); useDevice(NAMES['a'].b)`, ['alice']],
    'an enum': [`enum Role { Alice = 'alice' } useDevice(Role.Alice)`, ['alice']],
    'a constant enum': [`const enum Role { Alice = 'alice' } useDevice(Role.Alice)`, ['alice']],
    'either of two': [`useDevice(Date.now() > 0 ? 'alice' : 'bob')`, ['alice', 'bob']],
    'each of a list': [`for (const name of ['alice', 'bob']) useDevice(name)`, ['alice', 'bob']],
    'each of a constant list': [
      `const ALL = ['alice', 'bob'] as const; ALL.map(name => useDevice(name))`,
      ['alice', 'bob'],
    ],
    'something asserted': [`useDevice('alice' as string satisfies string)`, ['alice']],
    'odd letters': [`useDevice('Ünï "x" 手机')`, ['Ünï "x" 手机']],
    'the name of a built-in': [`useDevice('__proto__'); useDevice('constructor')`, ['__proto__', 'constructor']],
  }
  for (const [what, [text, roles]] of Object.entries(names)) {
    it(`reads a name that is ${what}`, async () => {
      assert.deepEqual(await rolesOf({ 'chat.ts': `import { useDevice } from 'baton'\n${text}` }), roles)
    })
  }

  it('reads names and functions through other files', async () => {
    const roles = await rolesOf({
      'chat.ts': `
        import { take, star } from './helper'
        import * as all from './star'
        import { NAMES } from './names'
        import { fromCommonJs, whole } from './old.cjs'
        import old from './spread.cjs'
        import late from './names.cjs'
        take('one'); star('two'); all.useDevice('three'); take(NAMES.four)
        fromCommonJs('five'); whole.useDevice('six'); old.useDevice('seven'); take(late.EIGHT)
        const lazy = await import('./lazy')
        lazy.again('nine'); lazy.useDevice('ten')`,
      'helper.ts': `export { useDevice as take } from 'baton'; export { useDevice as star } from './star'`,
      'star.ts': `export * from 'baton'`,
      'names.ts': `export const NAMES = { four: 'four' } as const`,
      'old.cjs': `const baton = require('baton'); exports.fromCommonJs = baton.useDevice; exports.whole = baton`,
      'spread.cjs': `module.exports = { ...require('baton'), login() {} }`,
      'names.cjs': `exports.EIGHT = 'eight'`,
      'lazy.ts': `import { useDevice } from 'baton'; export const again = useDevice; export * from 'baton'`,
    })
    const expected = ['eight', 'five', 'four', 'nine', 'one', 'seven', 'six', 'ten', 'three', 'two']
    assert.deepEqual(roles.toSorted(), expected)
  })

  it('honours shadowing', async () => {
    const roles = await rolesOf({
      'chat.ts': `
        import { useDevice } from 'baton'
        import * as baton from 'baton'
        const NAME = 'alice'
        export function parameter(useDevice: (name: string) => void) { useDevice('wrong1') }
        export function local() { const useDevice = (name: string) => name; useDevice('wrong2') }
        export function pattern({ useDevice }: any) { useDevice('wrong3') }
        export const late = () => { useDevice('wrong4'); function useDevice(name: string) { return name } }
        export const spaces = (baton: any) => baton.useDevice('wrong5')
        export const block = () => { { const baton = { useDevice(x: string) {} }; baton.useDevice('wrong6') } baton.useDevice('bob') }
        export const names = () => { for (const NAME of ['carol']) useDevice(NAME) }
        export const other = { useDevice: (x: string) => x }
        other.useDevice('wrong7')
        try { throw 0 } catch (useDevice: any) { useDevice('wrong8') }
        useDevice(NAME)`,
    })
    assert.deepEqual(roles.toSorted(), ['alice', 'bob', 'carol'])
  })

  it('reads files next to one that calls eval', async () => {
    const roles = await rolesOf({
      'chat.ts': `import { useDevice } from 'baton'; import run from './eval.cjs'; it('a', async () => { run('1'); await useDevice('alice') })`,
      'eval.cjs': `module.exports = text => eval(text)`,
    })
    assert.deepEqual(roles, ['alice'])
  })

  it('includes bundled helpers, not code that was tree-shaken', async () => {
    const { needs, places } = await needsOf({
      'chat.ts': `import { used } from './helper'; import type { Unused } from './types'; used()`,
      'helper.ts': `
        import { useDevice } from 'baton'
        export const used = () => useDevice('alice')
        export const unused = () => useDevice('nobody')`,
      'types.ts': `import { useDevice } from 'baton'; useDevice('nobody'); export type Unused = 1`,
    })
    assert.deepEqual(Object.keys(needs), ['alice'])
    assert.equal(places['alice'] && formatLocation(places['alice']), 'helper.ts:3:35')
  })

  it('reads minified packages', async () => {
    const roles = await rolesOf({
      'chat.ts': `import pages from 'pages'; pages()`,
      'node_modules/pages/package.json': `{ "name": "pages", "main": "index.js", "type": "module" }`,
      'node_modules/pages/index.js': `import{useDevice as e}from"baton";const t="alice";export default()=>{e(t);(0,e)("bob");{const e=o=>o;e("no")}};`,
    })
    assert.deepEqual(roles, ['alice', 'bob'])
  })

  it("starts with the module's first literal, else the first in import order", async () => {
    const files = {
      'helper.ts': `import { useDevice } from 'baton'; export const help = () => [useDevice('helper'), useDevice('later')]`,
      'set-up.ts': `import { useDevice } from 'baton'; beforeEach(() => useDevice('set-up'))`,
    }
    const own = await needsOf(
      {
        'chat.ts': `import { useDevice } from 'baton'; import { help } from './helper'; help(); useDevice('own')`,
        ...files,
      },
      ['set-up.ts'],
    )
    assert.equal(own.firstRole, 'own')
    assert.deepEqual(Object.keys(own.needs).toSorted(), ['helper', 'later', 'own', 'set-up'])
    const others = await needsOf({ 'chat.ts': `import { help } from './helper'; help()`, ...files })
    assert.equal(others.firstRole, 'helper')
  })
})

describe('needs of a module: computed names', () => {
  it('refuses each, with its line and a hint', async () => {
    const errors = await errorsOf({
      'test/chat.ts': [
        `import { useDevice } from 'baton'`,
        `export const on = (name: string) => useDevice(name); on(process.env['X']!)`,
        `useDevice('alice')`,
        `  useDevice(process.env['WHO']!)`,
        `['x'].concat('y').forEach(useDevice)`,
        `useDevice()`,
        `let who = 'a'; who += 'b'; useDevice(who)`,
        `const changed = { a: 'a' }; changed.a = 'b'; useDevice(changed.a)`,
      ].join('\n'),
    })
    assert.deepEqual(summary(errors), [
      'BATON_DEVICE_COMPUTED test/chat.ts:2:37',
      'BATON_DEVICE_COMPUTED test/chat.ts:4:3',
      'BATON_DEVICE_COMPUTED test/chat.ts:5:27',
      'BATON_DEVICE_COMPUTED test/chat.ts:6:1',
      'BATON_DEVICE_COMPUTED test/chat.ts:7:28',
      'BATON_DEVICE_COMPUTED test/chat.ts:8:46',
    ])
    assert.equal(
      errors[0]?.format(),
      'BATON_DEVICE_COMPUTED: test/chat.ts:2:37: the device in `useDevice(name)` is computed at run time, but devices are reserved before.\n' +
        "HINT: list all devices that it can be in test/chat.ts: export const devices = ['alice']",
    )
  })

  it('accepts them if there is `export const devices`', async () => {
    const { needs, declared } = await needsOf({
      'chat.ts': `
        import { useDevice } from 'baton'
        export const devices = { alice: [] }
        export const on = (name: string) => useDevice(name)
        on(process.env['WHO']!)`,
    })
    assert.deepEqual([needs, declared], [{ alice: '' }, true])
  })

  it("refuses a name that the module's own list does not have", async () => {
    const errors = await errorsOf({
      'chat.ts': `import { useDevice } from 'baton'\nimport './all'\nexport const devices = ['alice']\nuseDevice('alise')`,
      'all.ts': `import { useDevice } from 'baton'\nuseDevice('bob')`,
    })
    assert.deepEqual(summary(errors), ['BATON_DEVICES_EXPORT chat.ts:4:1'])
    assert.equal(errors[0]?.hint, "did you mean 'alice'?")
  })

  it('refuses invalid device names', async () => {
    const errors = await errorsOf({
      'chat.ts': `import { useDevice } from 'baton'\nuseDevice('')\nuseDevice('a,b')\nuseDevice('a\\nb')`,
    })
    assert.deepEqual(summary(errors), [
      'BATON_DEVICE_NAME chat.ts:2:1',
      'BATON_DEVICE_NAME chat.ts:3:1',
      'BATON_DEVICE_NAME chat.ts:4:1',
    ])
  })
})
