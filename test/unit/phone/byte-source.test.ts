import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { ByteSource } from '../../phone/adbd/byte-source.js'

describe('ByteSource', () => {
  it('reads exact numbers of bytes from chunks of any size', async () => {
    const stream = new PassThrough()
    const source = new ByteSource(stream)
    for (const piece of ['ab', 'cde', 'f']) stream.write(piece)
    assert.equal(String(await source.read(4)), 'abcd')
    assert.equal(String(await source.read(2)), 'ef')
  })

  for (const [how, end] of [
    ['ended', (stream: PassThrough) => void stream.end()],
    ['destroyed', (stream: PassThrough) => void stream.destroy()],
  ] as const) {
    it(`reads nothing more from a stream that was ${how} halfway`, async () => {
      const stream = new PassThrough()
      const source = new ByteSource(stream)
      stream.write('ab')
      const reading = source.read(4)
      end(stream)
      assert.equal(await reading, undefined)
    })
  }
})
