import assert from 'node:assert/strict'
import { staticTestTitles } from '../../../src/module/static-tests.js'
import { SyntaxTree } from '../../../src/module/syntax-tree.js'

const titlesOf = (code: string): string[] | undefined => staticTestTitles(new SyntaxTree(code))

describe('the titles of tests in code', () => {
  const known: Record<string, [code: string, titles: string[]]> = {
    'of a test': [`it('works', () => {})`, ['works']],
    'of tests in suites': [
      `describe('a', () => { describe.only('b', function () { it.skip('c'); test(\`d\`, f) }); specify('e') })`,
      ['a b c', 'a b d', 'a e'],
    ],
    'of a loop over literals': [
      `for (const who of ['alice', 'bob']) it('greets ' + who)`,
      ['greets alice', 'greets bob'],
    ],
    'of a callback for each': [`['x', 'y'].forEach(each => describe(each, () => { it('z') }))`, ['x z', 'y z']],
    'of a file in CommonJS': [
      `var require_a = __commonJS({ "a.ts"() { it('x') } })\nvar exports = __toESM(require_a())`,
      ['x'],
    ],
    'of files that require each other': [
      `var require_a = __commonJS({ "a.ts"() { require_b(); it('x') } })
      var require_b = __commonJS({ "b.ts"() { require_a(); it('y') } })\nrequire_a()`,
      ['x', 'y'],
    ],
    'of code without tests': [`export const pages = ['a']; /x/.test('y')`, []],
    'of a test that may not be registered': [`if (Date.now() % 2) it('sometimes')`, ['sometimes']],
  }
  for (const [name, [code, titles]] of Object.entries(known)) {
    it(`are known: ${name}`, () => assert.deepEqual(titlesOf(code)?.toSorted(), titles.toSorted()))
  }

  const unknown: Record<string, string> = {
    'a computed title': `it(new Date().toString(), () => {})`,
    'a computed suite': `describe(name(), () => { it('x') })`,
    'a test in a function': `function shared() { it('x') }\ndescribe('a', shared)`,
    'a test in an imported suite': `import { suite as own } from './own.js'\nown('a', () => { it('x') })`,
    'a file that a suite requires': `var require_a = __commonJS({ "a.ts"() { it('x') } })\ndescribe('s', () => require_a())`,
    'an alias': `const check = it\ncheck('x')`,
    'another name': `it.each([1])('x')`,
    'the functions of mocha itself': `import { it } from 'mocha'\nit('x')`,
    'a global by name': `globalThis['it']('x')`,
    'a file that is imported later': `await import('./more.js')`,
    'a suite that is passed on': `wrap(describe)`,
  }
  for (const [name, code] of Object.entries(unknown)) {
    it(`are unknown: ${name}`, () => assert.equal(titlesOf(code), undefined))
  }
})
