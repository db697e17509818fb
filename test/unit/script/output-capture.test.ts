import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { OutputCapture } from '../../../src/script/output-capture.js'

type Stream = 'stdout' | 'stderr'

/** What a capture emits while `write` prints. */
function captured(write: () => void): Record<Stream, string[]> {
  const emitted: Record<Stream, string[]> = { stdout: [], stderr: [] }
  const capture = new OutputCapture((stream, text) => emitted[stream].push(text))
  capture.start()
  try {
    write()
  } finally {
    capture.stop()
  }
  return emitted
}

const euro = Buffer.from('€')

describe('captured output', () => {
  it('keeps characters whole if their bytes are split over writes to both streams', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 })
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 })
    fc.assert(
      fc.property(text, text, sizes, (out, error, sizes) => {
        const emitted = captured(() => {
          const left = { stdout: Buffer.from(out), stderr: Buffer.from(error) }
          for (let i = 0; left.stdout.length + left.stderr.length > 0; i++) {
            const size = sizes[i % sizes.length] ?? 1
            for (const stream of ['stdout', 'stderr'] as const) {
              process[stream].write(left[stream].subarray(0, size))
              left[stream] = left[stream].subarray(size)
            }
          }
        })
        assert.equal(emitted.stdout.join('\n'), out.replace(/\n$/, ''))
        assert.equal(emitted.stderr.join('\n'), error.replace(/\n$/, ''))
      }),
    )
  })

  it('decodes a string by its encoding', () => {
    const emitted = captured(() => {
      process.stdout.write('e282', 'hex')
      process.stdout.write('ac0a', 'hex')
      process.stdout.write('4oKs', 'base64')
      process.stdout.write('€\n', 'utf8')
    })
    assert.deepEqual(emitted.stdout, ['€', '€€'])
  })

  it('replaces a character that is never completed', () => {
    const emitted = captured(() => {
      process.stdout.write(euro.subarray(0, 2))
      process.stdout.write('text\n')
      process.stderr.write(euro.subarray(0, 1))
    })
    assert.deepEqual(emitted, { stdout: ['\u{FFFD}text'], stderr: ['\u{FFFD}'] })
  })

  it('calls the callback of a write, with or without an encoding', async () => {
    let plain: Promise<void> | undefined
    let encoded: Promise<void> | undefined
    captured(() => {
      plain = new Promise(resolve => process.stdout.write('a', () => resolve()))
      encoded = new Promise(resolve => process.stdout.write('b', 'utf8', () => resolve()))
    })
    await Promise.all([plain, encoded])
  })

  it('cuts a line that does not end, and reports how much was left out', () => {
    const emitted = captured(() => {
      for (let i = 0; i < 30; i++) process.stdout.write('x'.repeat(100_000))
      process.stdout.write('\nnext\n')
    })
    const [line = '', ...rest] = emitted.stdout.join('\n').split('\n')
    assert.equal(line.slice(0, 1_000_000), 'x'.repeat(1_000_000))
    assert.equal(line.slice(1_000_000), '… (2000000 more characters of this line left out)')
    assert.deepEqual(rest, ['next'])
  })

  it('cuts between words, because half a secret could not be masked', () => {
    const secret = 'hunter2-hunter2'
    const start = 'x '.repeat(499_996)
    const emitted = captured(() => process.stdout.write(`${start}${secret} and more\n`))
    assert.deepEqual(emitted.stdout, [`${start.trimEnd()}… (25 more characters of this line left out)`])
  })

  it('cuts no character in half', () => {
    const emitted = captured(() => process.stdout.write(`x${'👍'.repeat(600_000)}\n`))
    assert.equal(emitted.stdout[0]?.slice(-60), `${'👍'.repeat(6)}… (200002 more characters of this line left out)`)
  })
})
