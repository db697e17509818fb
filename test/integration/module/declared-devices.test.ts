import assert from 'node:assert/strict'
import type { ModuleNeeds } from '../../../src/module/read-needs.js'
import { errorsOf, loadOne, summary } from './project.js'

async function needsOf(files: Record<string, string>): Promise<ModuleNeeds> {
  return (await loadOne(files)).stated
}

describe('needs of a module: export const devices', () => {
  const forms: Record<string, string> = {
    directly: `export const devices = { zed: ['b', 'a=1'], amy: 'pixel-8' }`,
    'asserted and frozen': `export const devices = Object.freeze({ zed: ['b', 'a=1'], amy: 'pixel-8' } as const) satisfies object`,
    'by name': `const mine = { zed: ['b', 'a=1'], amy: 'pixel-8' }; export { mine as devices }`,
    'with constants': `const B = 'b', LABELS = [B, \`a=\${1 && '1'}\`]; const AMY = 'amy'; const zed = ['b', 'a=1']; export const devices = { zed, [AMY]: 'pixel-8' }`,
    'with spread': `const base = { zed: ['c'] }; const common = ['b']; export const devices = { ...base, zed: [...common, 'a=1'], amy: 'pixel-8' }`,
    'with the name of a built-in package': `export const devices = { 'zed': ["b", "a=1"], "amy": \`pixel-8\` }`,
  }
  for (const [form, text] of Object.entries(forms)) {
    it(`is read ${form}`, async () => {
      const { needs, firstRole, declared } = await needsOf({ 'chat.ts': text })
      assert.deepEqual(needs, { zed: 'a=1,b', amy: 'name=pixel-8' })
      assert.deepEqual([firstRole, declared], ['zed', true])
    })
  }

  it('is read from another file, from CommonJS, and from a wrapped module', async () => {
    const value = `{ zed: ['tablet'] }`
    const cases: Record<string, string>[] = [
      { 'chat.ts': `export { devices } from './common'`, 'common.ts': `export const devices = ${value}` },
      { 'chat.ts': `export * from './common'`, 'common.ts': `export const devices = ${value}` },
      { 'chat.ts': `import { d } from './common.cjs'; export const devices = d`, 'common.cjs': `exports.d = ${value}` },
      { 'chat.cjs': `exports.devices = void 0; exports.devices = ${value}` },
      { 'chat.cjs': `module.exports = { devices: ${value} }` },
      { 'chat.cts': `export const devices = ${value}` },
      {
        'chat.ts': `export const devices = ${value}; import('./other')`,
        'other.ts': `import { devices } from './chat'; devices`,
      },
    ]
    for (const files of cases) {
      const { needs } = await needsOf(files)
      assert.deepEqual(needs, { zed: 'tablet' }, JSON.stringify(files))
    }
  })

  it('keeps the order of its keys, even numbers', async () => {
    const { firstRole } = await needsOf({ 'chat.ts': `export const devices = { b: 'x', 1: 'y', a: 'z' }` })
    assert.equal(firstRole, 'b')
  })

  it('may be a list of names', async () => {
    const { needs, firstRole, declared } = await needsOf({
      'chat.ts': `const first = 'bob'; export const devices = [first, 'alice'] as const`,
    })
    assert.deepEqual([needs, firstRole, declared], [{ bob: 'name=bob', alice: 'name=alice' }, 'bob', true])
  })

  it("is refused with its line if it can't be read", async () => {
    const cases: [text: string, place: string][] = [
      [`export const devices = []`, '1:24'],
      [`export const devices = ['alice', process.env['A']]`, '1:34'],
      [`export const devices = ['alice', 'a,b']`, '1:34'],
      [`export const devices = {}`, '1:24'],
      [`export const devices = { alice: 1 }`, '1:33'],
      [`export const devices = {\n  alice: ['tablet', 3],\n}`, '2:10'],
      [`export const devices = {\n  alice: [],\n  bob: ['a,b'],\n}`, '3:8'],
      [`export const devices = { alice: '' }`, '1:33'],
      [`export const devices = { [Math.random()]: 'alice' }`, '1:24'],
      [`export const devices = { ...globalThis }`, '1:24'],
      [`export const devices = { alice: process.env['A'] }`, '1:33'],
      [`export const devices = { get alice() { return 'a' } }`, '1:24'],
      [`export const devices: any = { alice: 'a' }\ndevices.bob = 'b'`, '1:14'],
      [`export const devices = make()\nfunction make() { return {} }`, '1:24'],
      [`export function devices() {}`, '1:17'],
    ]
    for (const [text, place] of cases) {
      assert.deepEqual(summary(await errorsOf({ 'chat.ts': text })), [`BATON_DEVICES_EXPORT chat.ts:${place}`], text)
    }
  })
})
