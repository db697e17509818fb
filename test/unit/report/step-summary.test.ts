import assert from 'node:assert/strict'
import { formatStepSummary } from '../../../src/report/step-summary.js'
import { everyVerdict, failure, Story } from './events.js'

describe('the summary for the page of a GitHub workflow', () => {
  it('has totals, modules that passed last, and each failure', () => {
    const text = formatStepSummary(everyVerdict().record())
    assert.match(
      text,
      /^<h3>Baton: 1 passed, \d+ failed, [^<]*<\/h3>\n<p>Tests: \d+ passed, \d+ failed, \d+ pending\. Time: /,
    )
    const verdicts = [...text.matchAll(/<tr><td>\S+ ([\w ]+)<\/td>/g)].map(([, verdict]) => verdict)
    assert.equal(verdicts.at(-1), 'passed')
    assert.equal(verdicts.length, 10)
    assert.match(text, /<details><summary>test\/fail\.ts: .*delivers<\/summary>\n<pre>AssertionError: /)
    assert.match(text, /<summary>test\/flaky\.ts: /)
    assert.match(text, /<summary>test\/lost\.ts: lost<\/summary>\n<pre>no answer 1/)
  })

  it('shows any text as it is, and stays one block of HTML', () => {
    const story = new Story().start('chat')
    const message = 'first\n\n\n<script>x</script> & **bold**\r\n\u001B[31mred'
    story
      .attempt('chat')
      .test('<b>| `x`', { state: 'failed', error: { ...failure, message } })
      .end('failed')
    story.end('chat', 'failed', { lease: 'chat-1' })
    const text = formatStepSummary(story.record())
    assert.doesNotMatch(text, /<script|<b>/)
    assert.ok(!text.includes('\u001B'))
    assert.match(text, /&lt;script&gt;x&lt;\/script&gt; &amp; \*\*bold\*\*\nred/)
    assert.doesNotMatch(text.trimEnd(), /\n\n/)
  })

  it('fits into the megabyte that GitHub accepts', () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `m${index}`)
    const story = new Story().start(...names)
    for (const name of names) {
      const error = { ...failure, message: 'x<'.repeat(20_000) }
      story.attempt(name).test('fails', { state: 'failed', error }).end('failed')
      story.end(name, 'failed', { lease: `${name}-1` })
    }
    const text = formatStepSummary(story.record())
    assert.ok(Buffer.byteLength(text) < 2 ** 20, String(text.length))
    assert.match(text, /and 1800 more modules[^]*and 1970 more failures, see junit\.xml/)
  })

  it('says that nothing ran', () => {
    assert.match(formatStepSummary(new Story().start().record()), /^<h3>Baton: no modules<\/h3>/)
  })
})
