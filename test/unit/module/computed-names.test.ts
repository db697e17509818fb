import assert from 'node:assert/strict'
import { readNeeds } from '../../../src/module/read-needs.js'
import { SourceLocations } from '../../../src/module/source-locations.js'
import { SyntaxTree } from '../../../src/module/syntax-tree.js'

const noMap = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' })

/** Roles of code as the bundler leaves it: JavaScript, in one scope. */
function rolesOf(code: string): string[] | 'refused' {
  const tree = new SyntaxTree(`import { useDevice } from 'baton'\n${code}`)
  const locations = new SourceLocations(tree.code, noMap)
  const { needs, errors } = readNeeds({ file: 'chat.ts', tree, locations, entry: tree.program })
  return errors.length > 0 ? 'refused' : Object.keys(needs.needs).toSorted()
}

const found: Record<string, Record<string, string>> = {
  'the parameter of': {
    'a function': `async function login(who) { await useDevice(who) } login('alice'); login('bob')`,
    'an arrow': `const login = async who => { await useDevice(who) }; login('alice'); login(true ? 'alice' : 'bob')`,
    'a function with a default': `function login(who = 'alice') { useDevice(who) } login(); login('bob')`,
    'a function with options': `function login({ who, loud = false }) { useDevice(who) } login({ who: 'alice' }); login({ loud: 1, who: 'bob' })`,
    'a function with options and defaults': `function login({ who = 'alice' } = {}) { useDevice(who) } login(); login({ who: 'bob' })`,
    'a function that passes it on': `const on = who => useDevice(who); function login(who) { on(who) } login('alice'); login('bob')`,
    'a function that calls itself': `function turn(who, n) { useDevice(who); if (n) turn(who === 'alice' ? 'bob' : 'alice', n - 1) } turn('alice', 3)`,
    'functions that call each other': `function a(x) { useDevice(x); b(x) } function b(y) { useDevice(y); a(y) } a('alice'); b('bob')`,
    'a callback': `function login(who) { useDevice(who) } ['alice', 'bob'].forEach(login)`,
    'a method': `class Page { open(who) { useDevice(who) } } const page = new Page(); page.open('alice'); new Page().open('bob')`,
    'a method of an object': `const steps = { async login(who) { await useDevice(who) } }; steps.login('alice'); steps.login('bob')`,
    'a method that others have, too': `class Page { open(who) { useDevice(who) } } class Other { open(x) {} } new Page().open('alice'); new Page().open('bob'); new Other().open(Math.random()); browser.open(x)`,
    'an arrow in a class': `class Page { open = who => useDevice(who) } const p = new Page(); p.open('alice'); p.open('bob')`,
  },
  'a field': {
    'from the constructor': `class Page { constructor(who) { this.who = who } who; async open() { await useDevice(this.who) } } new Page('alice').open(); new Page('bob').open()`,
    'that is private': `class Page { #who; constructor(who) { this.#who = who } open() { useDevice(this.#who) } } new Page('alice'); new Page('bob')`,
    'of a subclass': `class Page { constructor(who) { this.who = who } open() { useDevice(this.who) } } class Chat extends Page { constructor() { super('alice') } } class Pay extends Page {} new Chat(); new Pay('bob')`,
    'that subclasses set': `class Page { open() { useDevice(this.who) } } class Chat extends Page { who = 'alice' } class Pay extends Page { get who() { return 'bob' } } new Chat(); new Pay()`,
    'in a class with a name inside': `var Page = class _Page { constructor(who) { this.who = who } open() { useDevice(this.who) } static make() { return new _Page('alice') } }; Page.make(); new Page('bob')`,
    'that is read outside': `class Page { constructor(who) { this.who = who } } const a = new Page('alice'); useDevice(a.who); const b = new Page('bob'); useDevice(b.who)`,
    'of a getter': `class Page { get who() { if (x) return 'alice'; return 'bob' } open() { useDevice(this.who) } }`,
    'of an object': `const page = { who: 'alice', open() { useDevice(this.who) } }; useDevice('bob')`,
  },
  'a loop over': {
    'a list': `for (const who of ['alice', 'bob']) useDevice(who)`,
    'a list with numbers': `const names = ['alice', 'bob']; for (let i = 0; i < 2; i++) useDevice(names[i])`,
    pairs: `for (const [who, text] of [['alice', 'hi'], ['bob', 'ho']]) useDevice(who)`,
    objects: `for (const { who } of [{ who: 'alice' }, { who: 'bob' }]) useDevice(who)`,
    'objects, with a name': `const users = [{ name: 'alice' }, { name: 'bob' }]; for (const user of users) useDevice(user.name)`,
    'objects, with a callback': `[{ who: 'alice' }, { who: 'bob' }].map(async ({ who }) => useDevice(who))`,
    keys: `const texts = { alice: 'hi', bob: 'ho' }; for (const who of Object.keys(texts)) useDevice(who)`,
    entries: `const texts = { alice: 'hi', bob: 'ho' }; for (const [who, text] of Object.entries(texts)) useDevice(who)`,
    values: `Object.values({ a: 'alice', b: 'bob' }).forEach(who => useDevice(who))`,
    'an object': `for (const who in { alice: 1, bob: 2 }) useDevice(who)`,
    'a list with positions': `for (const [i, who] of ['alice', 'bob'].entries()) useDevice(who)`,
    'a list that a function gets': `function all(names) { for (const who of names) useDevice(who) } all(['alice']); all(['bob'])`,
    'a list without some': `['alice', 'bob'].filter(who => who !== 'x').forEach(who => useDevice(who))`,
  },
  'another name': {
    'of a variable that is set later': `let who; function next() { who = who === 'alice' ? 'bob' : 'alice' } next(); useDevice(who)`,
    'that a function returns': `function other(who) { return who === 'alice' ? 'bob' : 'alice' } useDevice(other('alice'))`,
    'or a default': `const who = undefined; useDevice(who ?? 'alice'); useDevice('bob')`,
    'in a text': `function phone(n) { useDevice(\`\${n}\`) } phone('alice'); phone('bo' + 'b')`,
  },
}

const refused: Record<string, string> = {
  'the environment': `useDevice(process.env.WHO)`,
  'one unknown call': `function login(who) { useDevice(who) } login('alice'); login(process.env.WHO)`,
  'a function that other code gets': `function login(who) { useDevice(who) } login('alice'); somebody(login)`,
  'spread arguments': `function login(who) { useDevice(who) } login(...process.argv)`,
  'a list that grows': `const names = ['alice']; names.push(x); for (const who of names) useDevice(who)`,
  'an object that changes': `const user = { who: 'alice' }; user.who = x; useDevice(user.who)`,
  'a field that others set': `class Page { who = 'alice'; open() { useDevice(this.who) } } function f(p) { p.who = process.env.WHO } f(new Page())`,
  'a callback of other code': `import { each } from 'x'; each(who => useDevice(who))`,
  'a class that other code gets': `class Page { constructor(who) { useDevice(who) } } new Page('alice'); register(Page)`,
  'a text that grows': `function f(who) { useDevice(who); f(who + 'x') } f('alice')`,
  nothing: `useDevice(undefined)`,
  'rest parameters': `function f(...who) { useDevice(who) } f('alice')`,
}

describe('computed names', () => {
  for (const [kind, cases] of Object.entries(found)) {
    for (const [name, code] of Object.entries(cases)) {
      it(`are found through ${kind} ${name}`, () => assert.deepEqual(rolesOf(code), ['alice', 'bob']))
    }
  }

  for (const [name, code] of Object.entries(refused)) {
    it(`are refused if they depend on ${name}`, () => assert.equal(rolesOf(code), 'refused'))
  }

  it('of a function that nobody calls need no device', () => {
    assert.deepEqual(rolesOf(`function login(who) { useDevice(who) }`), [])
  })
})
