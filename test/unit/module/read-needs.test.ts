import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { labelPattern } from '../../../src/device/ask.js'
import { readNeeds } from '../../../src/module/read-needs.js'
import type { RoleArgument } from '../../../src/module/role-functions.js'
import { SourcePlaces } from '../../../src/module/source-places.js'
import { SyntaxTree } from '../../../src/module/syntax-tree.js'

const noMap = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' })

function read(code: string, functions?: Record<string, RoleArgument>): ReturnType<typeof readNeeds> {
  const tree = new SyntaxTree(code)
  const places = new SourcePlaces(code, noMap)
  return readNeeds({ file: 'chat.ts', tree, places, entry: tree.program }, functions)
}

describe('reading needs', () => {
  it('reads any name as JavaScript would', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), names => {
        const calls = names.map(name => `useDevice(${JSON.stringify(name)})`).join('\n')
        const { needs, faults } = read(`import { useDevice } from 'baton'\n${calls}`)
        const good = names.filter(name => labelPattern.test(name))
        assert.deepEqual(new Set(Object.keys(needs.needs)), new Set(good))
        assert.equal(needs.firstRole, good[0])
        assert.equal(faults.length, names.length - good.length)
      }),
    )
  })

  it('finds a name through any nesting of constants', () => {
    const names = fc.constantFrom('alice', 'bob')
    const { expression } = fc.letrec<{ expression: { text: string; value: string } }>(tie => ({
      expression: fc.oneof(
        { maxDepth: 4 },
        names.map(value => ({ text: `'${value}'`, value })),
        fc
          .tuple(tie('expression'), tie('expression'))
          .map(([a, b]) => ({ text: `(${a.text} + ${b.text})`, value: a.value + b.value })),
        tie('expression').map(({ text, value }) => ({ text: `\`<\${${text}}>\``, value: `<${value}>` })),
        tie('expression').map(({ text, value }) => ({ text: `({ a: [], b: ${text} }).b`, value })),
        tie('expression').map(({ text, value }) => ({ text: `Object.freeze(${text})`, value })),
        tie('expression').map(({ text, value }) => ({ text: `(0, ${text})`, value })),
      ),
    }))
    fc.assert(
      fc.property(expression, ({ text, value }) => {
        const { needs } = read(`import { useDevice } from 'baton'\nvar name = ${text}\nuseDevice(name)`)
        assert.deepEqual(Object.keys(needs.needs), [value])
      }),
    )
  })

  it('comes to an end on names that refer to themselves', () => {
    const { faults } = read(`
      import { useDevice } from 'baton'
      var a = b; var b = a; useDevice(a)
      var c = c.c; useDevice(c.c)
      var d = { ...d }; useDevice(d.e)
      var e = [...e]; for (const f of e) useDevice(f)
      var g = g + 'x'; useDevice(g)
      var h = { useDevice, h }; h.h.useDevice(h.h)`)
    assert.deepEqual(new Set(faults.map(fault => fault.code)), new Set(['BATON_DEVICE_COMPUTED']))
    assert.equal(faults.length, 6)
  })

  it('reads every function that names roles, by value or by keys', () => {
    const functions: Record<string, RoleArgument> = {
      start: { index: 0, names: 'value' },
      parallel: { index: 0, names: 'branches' },
    }
    const code = `
      import { parallel, start as go, useDevice } from 'baton'
      parallel({ alice: () => 1, 'bob': () => 2 })
      go('carol', () => 3)
      useDevice('nobody')`
    assert.deepEqual(Object.keys(read(code, functions).needs.needs), ['alice', 'bob', 'carol'])
    const { faults } = read(`import { parallel } from 'baton'; parallel(make()); parallel({ [name()]: 1 })`, functions)
    assert.equal(faults.length, 2)
  })
})
