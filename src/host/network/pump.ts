import type { Readable, Writable } from 'node:stream'
import type { RateLimiter } from './rate-limiter.js'

/**
 * Passes bytes on as they come, at the speed of the slower side.
 * @param onEnd - called after the last byte, instead of ending `sink`
 */
export function pump(source: Readable, sink: Writable, limiter: RateLimiter, onEnd: () => void): void {
  let isWaiting = false
  let hasEnded = false
  const resume = (): void => {
    if (!isWaiting) source.resume()
  }
  const write = (chunk: Buffer): void => {
    if (!sink.writable) return
    if (!sink.write(chunk)) source.pause()
  }
  sink.on('drain', resume)
  source.on('data', (chunk: Buffer) => {
    const waitMs = limiter.take(chunk.length)
    if (waitMs <= 0) return write(chunk)
    isWaiting = true
    source.pause()
    setTimeout(() => {
      isWaiting = false
      write(chunk)
      if (hasEnded) onEnd()
      else if (!sink.writableNeedDrain) source.resume()
    }, waitMs)
  })
  source.once('end', () => {
    hasEnded = true
    if (!isWaiting) onEnd()
  })
  // It may have been paused before.
  source.resume()
}
