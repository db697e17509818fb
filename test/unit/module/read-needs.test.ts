import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { labelPattern } from '../../../src/device/selector.js'
import { readNeeds } from '../../../src/module/read-needs.js'
import { SourceLocations } from '../../../src/module/source-locations.js'
import { SyntaxTree } from '../../../src/module/syntax-tree.js'

const noMap = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' })

function read(code: string): ReturnType<typeof readNeeds> {
  const tree = new SyntaxTree(code)
  const locations = new SourceLocations(code, noMap)
  return readNeeds({ file: 'chat.ts', tree, locations, entry: tree.program })
}

describe('reading needs', () => {
  it('reads any name as JavaScript would', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), names => {
        const calls = names.map(name => `useDevice(${JSON.stringify(name)})`).join('\n')
        const { needs, errors } = read(`import { useDevice } from 'baton'\n${calls}`)
        const good = names.filter(name => labelPattern.test(name))
        assert.deepEqual(new Set(Object.keys(needs.needs)), new Set(good))
        assert.equal(needs.firstRole, good[0])
        assert.equal(errors.length, names.length - good.length)
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

  it('ends with circular names', () => {
    const { errors } = read(`
      import { useDevice } from 'baton'
      var a = b; var b = a; useDevice(a)
      var c = c.c; useDevice(c.c)
      var d = { ...d }; useDevice(d.e)
      var e = [...e]; for (const f of e) useDevice(f)
      var g = g + 'x'; useDevice(g)
      var h = { useDevice, h }; h.h.useDevice(h.h)`)
    assert.deepEqual(new Set(errors.map(problem => problem.code)), new Set(['BATON_DEVICE_COMPUTED']))
    assert.equal(errors.length, 6)
  })

  const from = (code: string): ReturnType<typeof readNeeds> =>
    read(`import { barrier, parallel, start as go, useDevice } from 'baton'\n${code}`)

  it('counts the roles of branches and barriers, in any form', () => {
    const cases: Record<string, string[]> = {
      "parallel({ alice: () => 1, 'bob': () => 2, async carol() {} })": ['alice', 'bob', 'carol'],
      'const more = { bob: f }; parallel({ alice: f, ...more })': ['alice', 'bob'],
      "parallel([['alice', f], ['bob', g]])": ['alice', 'bob'],
      "const names = ['alice', 'bob']; parallel(names.map(name => [name, () => f(name)]))": ['alice', 'bob'],
      "const who = 'carol'; go(who, f)": ['carol'],
      "barrier('ready', { of: ['alice', 'bob'], timeout: 5 })": ['alice', 'bob'],
      "const crowd = ['alice']; barrier('ready', { of: [...crowd, 'bob'] })": ['alice', 'bob'],
      "barrier('ready'); barrier('set', { timeout: 5 }); useDevice('bob')": ['bob'],
      "const helper = async () => { await parallel({ alice: () => useDevice('carol') }) }": ['alice', 'carol'],
    }
    for (const [code, roles] of Object.entries(cases)) {
      const { needs, errors } = from(code)
      assert.deepEqual([Object.keys(needs.needs).toSorted(), errors], [roles, []], code)
    }
  })

  it('refuses computed roles of branches and barriers', () => {
    const computed = [
      'parallel(make())',
      'parallel({ [name()]: f })',
      'parallel({ ...make() })',
      'parallel([[name(), f]])',
      "parallel(['alice', 'bob'].map(name => pairOf(name)))",
      'parallel(...make())',
      'go(name(), f)',
      "barrier('ready', { of: names() })",
      "barrier('ready', options())",
      'run(parallel)',
      'run(go)',
    ]
    for (const code of computed) {
      const { errors } = from(code)
      assert.deepEqual(
        errors.map(problem => problem.code),
        ['BATON_DEVICE_COMPUTED'],
        code,
      )
    }
    assert.deepEqual(from('run(barrier)').errors, [])
  })
})
