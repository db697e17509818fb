import assert from 'node:assert/strict'
import { findByClassChain } from '../../phone/ios/wda/class-chain.js'
import { parsePredicate, PredicateError } from '../../phone/ios/wda/predicate.js'
import { box, type View } from '../../phone/screen/view.js'

const element: Record<string, unknown> = { name: 'join', label: 'Café', value: null, visible: true, x: 20 }
const holds = (text: string): boolean => parsePredicate(text)(name => element[name])

describe('a predicate', () => {
  for (const [text, expected] of [
    ['name == "join"', true],
    ["name = 'join' AND visible == 1", true],
    ['name == "Join"', false],
    ['name ==[c] "JOIN"', true],
    ['label ==[cd] "cafe"', true],
    ['label BEGINSWITH "Ca" && label ENDSWITH "é"', true],
    ['label LIKE "C?f*"', true],
    ['label MATCHES "C.*"', true],
    ['label MATCHES "C"', false],
    ['NOT (name CONTAINS "x" OR x > 30)', true],
    ['name IN {"send", "join"}', true],
    ['name <> "join" || x <= 20', true],
    ['visible == false', false],
    ['visible == YES', true],
    ['value == nil AND unknown == nil', true],
    ['value CONTAINS ""', false],
    ['name == "it\'s \\"quoted\\""', false],
    ['TRUEPREDICATE', true],
  ] satisfies [string, boolean][]) {
    it(`${text} is ${expected}`, () => assert.equal(holds(text), expected))
  }

  for (const text of [
    '',
    'name',
    'name ==',
    'name == join',
    'name ~ "x"',
    '(name == "x"',
    'name == "x" AND',
    '"x" == name',
  ])
    it(`refuses ${text || 'an empty text'}`, () => assert.throws(() => parsePredicate(text), PredicateError))
})

describe('a class chain', () => {
  const view = (key: string, children: View[] = []): View => ({
    key,
    class: key.startsWith('cell') ? 'LinearLayout' : 'TextView',
    package: 'p',
    id: `p:id/${key}`,
    bounds: box(0, 0, 10, 10),
    children,
  })
  const root = view('root', [view('cell1', [view('a'), view('b')]), view('cell2', [view('c')])])

  for (const [chain, keys] of [
    ['**/XCUIElementTypeStaticText', ['a', 'b', 'c']],
    ['XCUIElementTypeStaticText', []],
    ['XCUIElementTypeCell/*', ['a', 'b', 'c']],
    ['XCUIElementTypeCell[1]/*[-1]', ['b']],
    ['XCUIElementTypeCell[3]', []],
    ['*[`name ENDSWITH "2"`]/**/*', ['c']],
    ['XCUIElementTypeCell[$name == "b"$]', ['cell1']],
    ['**/*[`name == "a" OR name == "c"`][2]', ['c']],
  ] satisfies [string, string[]][]) {
    it(`${chain} finds ${keys.join(', ') || 'nothing'}`, () =>
      assert.deepEqual(
        findByClassChain(chain, root).map(({ key }) => key),
        keys,
      ))
  }

  for (const chain of ['/*', '*/', '**', '*[`name`]', '*[x]'])
    it(`refuses ${chain}`, () => assert.throws(() => findByClassChain(chain, root), PredicateError))
})
