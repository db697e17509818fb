import assert from 'node:assert/strict'
import { DOMParser, type Element } from '@xmldom/xmldom'
import * as fc from 'fast-check'
import { formatJunit } from '../../../src/report/junit.js'
import { everyVerdict, failure, Story, trail } from './events.js'

function parse(xml: string): Element {
  const onError = (level: string, message: string): void => {
    // What XML cannot say is replaced, which the parser takes for a sign of a wrong encoding.
    if (level !== 'warning' || !message.startsWith('Unicode replacement character')) assert.fail(`${level}: ${message}`)
  }
  return new DOMParser({ onError }).parseFromString(xml, 'text/xml').documentElement ?? assert.fail('no root')
}

const childrenOf = (element: Element, name: string): Element[] =>
  [...element.childNodes].filter((node): node is Element => node.nodeName === name)

const attributesOf = (element: Element): Record<string, string> =>
  Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]))

/** For each suite, its cases as `name: outcome type`. */
function outcomes(root: Element): Record<string, string[]> {
  return Object.fromEntries(
    childrenOf(root, 'testsuite').map(suite => [
      suite.getAttribute('name'),
      childrenOf(suite, 'testcase').map(testCase => {
        const [outcome] = [...testCase.childNodes].filter((node): node is Element => node.nodeType === 1)
        const type = outcome ? [outcome.nodeName, outcome.getAttribute('type')].filter(Boolean).join(' ') : 'passed'
        return `${testCase.getAttribute('name')}: ${type}`
      }),
    ]),
  )
}

describe('junit.xml', () => {
  const root = parse(formatJunit(everyVerdict().record(), 'baton-report/r1'))

  it('has a suite for each module and a case for each test, with its result', () => {
    assert.deepEqual(outcomes(root), {
      'test/pass.ts': ['chat › opens: passed', 'chat › retried: passed'],
      'test/fail.ts': ['chat › opens: passed', 'chat › delivers: failure AssertionError', 'chat › later: skipped'],
      'test/flaky.ts': ['chat › opens: system-out'],
      'test/skip.ts': ['chat › opens: skipped'],
      'test/lost.ts': ['(module): error lost'],
      'test/waits.ts': ['(module): skipped'],
      'test/load.ts': ['(module): error TypeError'],
      'test/hook.ts': ['chat › "before all" hook: failure AssertionError'],
      'test/hangs.ts': ['chat › opens: passed', '(module): error BATON_MODULE_TIMEOUT'],
      'test/crash.ts': ['chat › opens: passed', '(module): error interrupted'],
    })
  })

  it('adds up', () => {
    assert.deepEqual(attributesOf(root), {
      name: 'baton r1',
      tests: '15',
      failures: '2',
      errors: '4',
      time: '5.800',
    })
  })

  it('shows on which devices a module ran, and when', () => {
    const suite = childrenOf(root, 'testsuite')[1] ?? assert.fail()
    assert.deepEqual(attributesOf(suite), {
      name: 'test/fail.ts',
      tests: '3',
      failures: '1',
      errors: '0',
      skipped: '1',
      time: '1.234',
      timestamp: '2026-01-02T03:04:06.000Z',
      hostname: 'lab',
    })
    const properties = childrenOf(suite, 'properties').flatMap(list => childrenOf(list, 'property').map(attributesOf))
    assert.deepEqual(properties, [
      { name: 'verdict', value: 'failed' },
      { name: 'attempts', value: '1' },
      { name: 'role.alice', value: 'alice' },
      { name: 'role.customer', value: 'pixel-8' },
    ])
    assert.equal(childrenOf(suite, 'system-out')[0]?.textContent, 'sent: hi\nwaiting')
  })

  it('explains a failure', () => {
    const text = root.getElementsByTagName('failure')[0]?.textContent ?? ''
    for (const part of [
      'active device: bob',
      'expected: hi',
      'test/chat.ts:12:9',
      'baton: customer → pixel-8 at test/chat.ts:10:11',
    ]) {
      assert(text.includes(part), `${part} is not in ${text}`)
    }
  })

  it('names the files that show every device, as Jenkins and GitLab read them', () => {
    const texts = [...root.getElementsByTagName('system-out')].map(({ textContent }) => textContent)
    const shown = (path: string): string => `[[ATTACHMENT|baton-report/r1/artifacts/${path}]]`
    const both = ['fail/1/delivers/alice-screenshot.png', 'fail/1/delivers/pixel-8-screenshot.png'].map(shown)
    assert(texts.includes(both.join('\n')), texts.join('\n\n'))
    assert(texts.includes(shown('hangs/1/module/alice-screenshot.png')), texts.join('\n\n'))
  })

  it('shows why a test that passed had failed before', () => {
    const [flaky] = [...root.getElementsByTagName('system-out')].filter(({ textContent }) =>
      textContent?.startsWith('flaky'),
    )
    assert.match(flaky?.textContent ?? '', /^flaky, failed before:\nAssertionError: the message did not arrive/)
  })

  it('does not let a failure without details pass', () => {
    const record = new Story().start('m').end('m', 'failed', { lease: 'unheard' }).record()
    assert.deepEqual(outcomes(parse(formatJunit(record, 'baton-report/r1'))), {
      'test/m.ts': ['(module): error failed'],
    })
  })

  it('is valid XML for any text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom(
            ']]>',
            '<',
            '&',
            '"',
            "'",
            '\u0000',
            '\u001B',
            '\uD800',
            '\uDC00',
            '\uFFFE',
            '\n',
            '\r',
            '\t',
            'é',
          ),
        )
        .map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(text, text, (one, other) => {
        const story = new Story().start(one)
        const attempt = story
          .attempt(one, 1, { [one]: other })
          .log(one)
          .log(other, 'stderr')
        const error = { ...failure, name: one, message: other, stack: one }
        attempt.test(one, { state: 'failed', error, trail }).end('failed', { ...error, hint: other })
        story
          .end(one, 'failed', { lease: attempt.ref.lease, reasons: [other] })
          .end(`${one}!`, 'lost', { reasons: [one] })
        const xml = formatJunit(story.record(), 'baton-report/r1')
        // The parser takes characters that XML 1.0 doesn't have; others don't.
        assert.match(xml, /^[\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u)
        parse(xml)
      }),
    )
  })

  it('keeps text unchanged if XML can represent it', () => {
    const story = new Story().start('m')
    const attempt = story.attempt('m').log(' a <b> & "c" ]]> \n\td')
    attempt.test('m').end('passed')
    story.end('m', 'passed', { lease: 'm-1' })
    const parsed = parse(formatJunit(story.record(), 'baton-report/r1'))
    assert.equal(parsed.getElementsByTagName('system-out')[0]?.textContent, ' a <b> & "c" ]]> \n\td')
  })
})
