import assert from 'node:assert/strict'
import { runInThisContext } from 'node:vm'
import { parse } from 'acorn'
import fc from 'fast-check'
import { regressionTest } from '../../../src/explore/regression-test.js'
import type { Hold } from '../../../src/explore/schedule.js'
import { parsePattern } from '../../../src/script/network/message-pattern.js'

const error = { message: "expected 'read', found 'sent'\nat …", signature: 'x' }

function snippetOf(...holds: Hold[]): string {
  return regressionTest({ test: ['chat', "alice's message is read"], holds, error })
}

describe('regressionTest', () => {
  it('is a test that is ready to use', () => {
    assert.equal(
      snippetOf(
        { operation: 'alice<POST /send', until: 'alice<received /chat read' },
        { operation: 'alice>POST /bids #2', until: 'bob>POST /bids #3' },
      ),
      `import { network } from 'baton'

it('alice\\'s message is read', async () => {
  // hold alice's response to POST /send until alice's socket received read
  await network('alice').hold('response POST /send', { nth: 1 }).until('received /chat read')

  // hold alice's 2nd request POST /bids until the server received bob's POST /bids for the 3rd time
  await network('alice').hold('POST /bids', { nth: 2 }).until(network('bob').waitFor('POST /bids', { nth: 3 }))
  // … the steps of the test, unchanged
  // fails with: expected 'read', found 'sent'
})
`,
    )
  })

  it('has the lines that caused the messages, and counts as network does', () => {
    const snippet = regressionTest({
      test: ['sells'],
      holds: [
        { operation: 'alice>POST /buy #5', until: 'bob>POST /left #4' },
        { operation: 'bob<POST /left #4', until: 'bob<POST /left #5' },
        { operation: 'bob>sent /chat hi', until: 'bob<received /chat hi #3' },
        { operation: 'bob>sent /chat no', until: 'bob<received /chat hi #3' },
      ],
      places: { 'alice>POST /buy #5': 'shop.ts:7', 'bob>POST /left #4': 'shop.ts:9' },
      // Before the test, and before its body: hooks have sent some.
      earlier: {
        'alice>POST /buy': [2, 3],
        'bob>POST /left': [1, 2],
        'bob<POST /left': [1, 2],
        'bob<received /chat hi': [1, 2],
        'bob>sent /chat no': [1, 1],
      },
      error,
    })
    assert.deepEqual(
      snippet.split('\n').filter(line => /hold|before/.test(line)),
      [
        "  // hold alice's 5th request POST /buy (shop.ts:7) until the server received bob's POST /left for the 4th time (shop.ts:9)",
        "  await network('alice').hold('POST /buy', { nth: 2 }).until(network('bob').waitFor('POST /left', { nth: 3 }))",
        "  // hold bob's 4th response to POST /left until bob received the response to POST /left for the 5th time",
        "  await network('bob').hold('response POST /left', { nth: 2 }).until(network('bob').waitFor('response POST /left', { nth: 4 }))",
        "  // hold bob's WebSocket message hi until bob's socket received hi for the 3rd time",
        "  await network('bob').hold('sent /chat hi', { nth: 1 }).until('received /chat hi')",
        "  // hold bob's WebSocket message no until bob's socket received hi for the 3rd time",
        '  // it is before this test',
      ],
    )
  })

  it('says what to write for what network can not hold or wait for', () => {
    const command = snippetOf({ operation: 'bob:elementClick #end', until: 'alice<POST /send' })
    assert.match(command, /`network` can't hold bob's click on #end: write `await until\('go'\)` before it/)
    assert.match(command, /`signal\('go'\)` after alice's response to POST \/send/)
    assert.doesNotMatch(command, /import \{ network/)
    const poll = snippetOf({ operation: 'alice<POST /send', until: 'alice:elementClick #end' })
    assert.match(poll, /const held = await network\('alice'\)\.hold\('response POST \/send', \{ nth: 1 \}\)\n/)
    assert.match(poll, /`network` can't wait for alice's click on #end: call `await held\.release\(\)` after it/)
  })

  it('needs no hold if natural order fails', () => {
    assert.match(snippetOf(), /fails in natural order, without any hold/)
  })

  it('is valid code whose patterns select the messages, whatever they are called', () => {
    const name = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom('a', '/', "'", '"', '\\', '*', '`', '$', '\n', '\u2028', 'é'),
    })
    const roles = fc.stringMatching(/^[a-z][a-z'-]{0,5}$/)
    const ids = fc.oneof(
      fc
        .tuple(roles, fc.constantFrom('>', '<'), fc.constantFrom('GET', 'M-SEARCH'), name)
        .map(([role, mark, method, path]) => `${role}${mark}${method} /${path}`),
      fc
        .tuple(roles, fc.constantFrom('>sent', '<received', '<event'), name, name)
        .map(([role, kind, path, type]) => `${role}${kind} /${path} ${type}`),
      fc.tuple(roles, fc.constantFrom('>open', '<close'), name).map(([role, kind, path]) => `${role}${kind} /${path}`),
      fc.tuple(roles, name).map(([role, detail]) => `${role}:elementClick ${detail}`),
    )
    fc.assert(
      fc.property(ids, ids, fc.string(), (operation, until, title) => {
        const snippet = regressionTest({
          test: [title],
          holds: [
            { operation, until },
            { operation: until, until: operation },
          ],
          error: { message: title, signature: '' },
        })
        parse(snippet, { ecmaVersion: 'latest', sourceType: 'module', allowAwaitOutsideFunction: true })
        for (const [, source] of snippet.matchAll(/\.(?:hold|waitFor|until)\(('(?:[^'\\]|\\.)*'|\{.*?\})[,)]/g)) {
          const pattern: unknown = runInThisContext(`(${source})`)
          const parsed = parsePattern(pattern)
          assert.ok('match' in parsed, `${source}: ${JSON.stringify(parsed)}`)
          const { path, type } = parsed.match
          assert.ok(operation.includes(path ?? '') || until.includes(path ?? ''), source)
          assert.ok(operation.includes(type ?? '') || until.includes(type ?? ''), source)
        }
      }),
    )
  })
})
