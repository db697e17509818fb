import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { ArtifactEvent } from '../../../src/event/run-event.js'
import { artifactPath, safeName, UniqueNames } from '../../../src/report/artifact-path.js'

const event = (change: Partial<ArtifactEvent> = {}): ArtifactEvent => ({
  type: 'artifact',
  module: '1',
  lease: '7',
  attempt: 1,
  title: ['chat', 'delivers a message'],
  role: 'alice',
  device: 'pixel-8',
  kind: 'screenshot',
  name: 'screenshot.png',
  bytes: 3,
  ...change,
})

describe('the path of an artifact', () => {
  it('is named after module, attempt, test and role', () => {
    const names = new UniqueNames()
    const folder = 'artifacts/test/modules/chat.ts/1/chat-delivers-a-message'
    assert.equal(artifactPath(event(), 'test/modules/chat.ts', names), `${folder}/alice-screenshot.png`)
    const source = event({ role: 'bob', kind: 'source', name: 'source.html' })
    assert.equal(artifactPath(source, 'test/modules/chat.ts', names), `${folder}/bob-source.html`)
    const whole = { ...event({ attempt: 2, lease: '8' }), title: undefined } as unknown as ArtifactEvent
    assert.equal(
      artifactPath(whole, 'test/modules/chat.ts', names),
      'artifacts/test/modules/chat.ts/2/module/alice-screenshot.png',
    )
  })

  it('is different for titles, attempts and roles that look alike', () => {
    const names = new UniqueNames()
    const paths = [
      event(),
      event(),
      event({ title: ['chat', 'Delivers a message'] }),
      event({ title: ['chat', 'delivers', 'a message'] }),
      event({ role: 'ALICE' }),
      event({ lease: '8' }),
    ].map(each => artifactPath(each, 'chat.ts', names).toLowerCase())
    assert.equal(new Set(paths).size, paths.length, paths.join('\n'))
  })

  it('is valid on every file system, for any title', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.constantFrom(
        '..',
        '.',
        '',
        '/',
        '../../etc',
        'a/b',
        '\u0000',
        '\uD800',
        '.hidden',
        'é'.repeat(500),
        '😀',
        '-',
      ),
      fc.constant('-.x'.repeat(300_000)),
    )
    const names = new UniqueNames()
    const given = new Set<string>()
    fc.assert(
      fc.property(text, text, text, text, (file, title, role, name) => {
        const path = artifactPath(event({ title: [title, title], role, name }), file, names)
        assert(!given.has(path.toLowerCase()), path)
        given.add(path.toLowerCase())
        const parts = path.split('/')
        assert.equal(parts[0], 'artifacts')
        for (const part of parts) {
          assert.match(part, /^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u)
          assert(Buffer.byteLength(part) <= 255, part)
        }
      }),
    )
  })

  it('keeps letters of every script', () => {
    assert.equal(safeName('Größe › 大小 ok?'), 'Größe-大小-ok')
  })
})
