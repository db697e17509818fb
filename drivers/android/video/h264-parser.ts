/** H.264's parameter sets, which a decoder needs before the first frame. The same object until they change. */
export interface VideoFormat {
  readonly sequence: Buffer
  readonly picture: Buffer
}

/** One encoded picture. */
export interface VideoFrame {
  readonly format: VideoFormat
  /** Its NAL units, each preceded by its length as in an MP4 file. */
  readonly data: Buffer
  /** It can be decoded without the frames before it. */
  readonly key: boolean
  /** When it was received. */
  readonly atMs: number
}

const startCode = Buffer.from([0, 0, 1])
const unitTypes = { slice: 1, keySlice: 5, sequence: 7, picture: 8 }
/** A larger NAL unit is an error. Bytes. */
const maxUnitBytes = 16 * 1024 * 1024
/** Text before the first NAL unit is kept up to this length. */
const maxPreambleBytes = 4_096

/**
 * Parses a byte stream of H.264 (ITU-T H.264, annex B) incrementally. A frame ends at the first slice of the next one, or at a
 * NAL unit that is not a slice (7.4.1.2.3). Anything before the first NAL unit is text.
 */
export class H264Parser {
  /** The incomplete NAL unit; before the first one, the text. */
  #rest: Buffer = Buffer.alloc(0)
  #restAtMs = 0
  #started = false
  #preamble = ''
  #slices: Buffer[] = []
  #slicesAtMs = 0
  #key = false
  #sequence: Buffer | undefined
  #picture: Buffer | undefined
  #format: VideoFormat | undefined

  /** The text before the first NAL unit. */
  get preamble(): string {
    return this.#started ? this.#preamble : this.#rest.toString()
  }

  /** @param atMs - when the chunk was received @returns the frames that it completes */
  parse(chunk: Buffer, atMs: number): VideoFrame[] {
    const frames: VideoFrame[] = []
    const searched = Math.max(0, this.#rest.length - (startCode.length - 1))
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let start = 0
    for (let at = data.indexOf(startCode, searched); at >= 0; at = data.indexOf(startCode, start)) {
      const before = data.subarray(start, at)
      if (this.#started) frames.push(...this.#take(before, this.#restAtMs))
      else this.#preamble = withoutZeros(before).toString()
      this.#started = true
      this.#restAtMs = atMs
      start = at + startCode.length
    }
    this.#rest = this.#started ? data.subarray(start) : data.subarray(0, maxPreambleBytes)
    if (this.#rest.length > maxUnitBytes) throw new Error(`a NAL unit of more than ${maxUnitBytes} bytes`)
    // Its first two bytes show what kind of unit it is.
    if (this.#started && this.#rest.length > 1 && !isOfSameFrame(this.#rest)) frames.push(...this.#endFrame())
    return frames
  }

  /** @param isComplete - false: the last unit may be cut off, and is dropped */
  end(isComplete: boolean): VideoFrame[] {
    if (!this.#started) return []
    const rest = this.#rest
    this.#rest = Buffer.alloc(0)
    if (isComplete) return [...this.#take(rest, this.#restAtMs), ...this.#endFrame()]
    return isOfSameFrame(rest) ? [] : this.#endFrame()
  }

  #take(padded: Buffer, atMs: number): VideoFrame[] {
    const unit = withoutZeros(padded)
    const ended = isOfSameFrame(unit) ? [] : this.#endFrame()
    const type = typeOf(unit)
    if (type === unitTypes.sequence) this.#sequence = unit
    else if (type === unitTypes.picture) this.#picture = unit
    else if (type === unitTypes.slice || type === unitTypes.keySlice) {
      if (this.#slices.length === 0) this.#slicesAtMs = atMs
      this.#slices.push(unit)
      this.#key = type === unitTypes.keySlice
    }
    return ended
  }

  #endFrame(): VideoFrame[] {
    const units = this.#slices
    this.#slices = []
    const format = this.#knownFormat()
    if (units.length === 0 || !format) return []
    return [{ format, data: Buffer.concat(units.flatMap(lengthPrefixed)), key: this.#key, atMs: this.#slicesAtMs }]
  }

  #knownFormat(): VideoFormat | undefined {
    const [sequence, picture] = [this.#sequence, this.#picture]
    if (!sequence || !picture) return undefined
    const known = { sequence, picture }
    if (!this.#format || !isSameFormat(this.#format, known)) this.#format = known
    return this.#format
  }
}

export function isSameFormat(a: VideoFormat, b: VideoFormat): boolean {
  return a.sequence.equals(b.sequence) && a.picture.equals(b.picture)
}

function typeOf(unit: Buffer): number {
  return (unit[0] ?? 0) & 0x1f
}

/** A slice that does not start with the picture's first block. */
function isOfSameFrame(unit: Buffer): boolean {
  const type = typeOf(unit)
  return (type === unitTypes.slice || type === unitTypes.keySlice) && ((unit[1] ?? 0) & 0x80) === 0
}

/** Trailing zeros belong to the next start code. */
function withoutZeros(unit: Buffer): Buffer {
  let end = unit.length
  while (end > 0 && unit[end - 1] === 0) end--
  return unit.subarray(0, end)
}

function lengthPrefixed(unit: Buffer): Buffer[] {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(unit.length)
  return [length, unit]
}
