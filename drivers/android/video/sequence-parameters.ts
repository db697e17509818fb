/** What an MP4 file states about its video in addition to the parameter sets. */
export interface VideoInfo {
  width: number
  height: number
  /** Present for the profiles that allow several formats. */
  color?: { chroma: number; lumaDepth: number; chromaDepth: number }
}

/** Profiles whose parameters include the color format, 7.3.2.1.1. */
const profilesWithColor = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
const blockSize = 16

/**
 * Parses H.264's sequence parameter set (ITU-T H.264, 7.3.2.1.1, which the names follow) up to the size of the picture.
 * @throws if it is cut off
 */
export function parseSequenceParameters(unit: Buffer): VideoInfo {
  const bits = new BitReader(withoutEmulation(unit.subarray(1)))
  const profile = bits.take(8)
  // Constraints and level.
  bits.take(16)
  bits.golomb()
  const color = profilesWithColor.has(profile) ? parseColor(bits) : undefined
  // log2_max_frame_num
  bits.golomb()
  skipOrder(bits)
  // max_num_ref_frames, gaps_in_frame_num_value_allowed
  bits.golomb()
  bits.take(1)
  const columns = bits.golomb() + 1
  const mapRows = bits.golomb() + 1
  const framesOnly = bits.take(1)
  if (framesOnly === 0) bits.take(1)
  // direct_8x8_inference
  bits.take(1)
  const [left, right, top, bottom] = bits.take(1) === 1 ? Array.from({ length: 4 }, () => bits.golomb()) : []
  const chroma = color?.chroma ?? 1
  const unitX = chroma === 1 || chroma === 2 ? 2 : 1
  const unitY = (chroma === 1 ? 2 : 1) * (2 - framesOnly)
  return {
    width: columns * blockSize - ((left ?? 0) + (right ?? 0)) * unitX,
    height: mapRows * blockSize * (2 - framesOnly) - ((top ?? 0) + (bottom ?? 0)) * unitY,
    ...(color && { color: color }),
  }
}

function parseColor(bits: BitReader): NonNullable<VideoInfo['color']> {
  const chroma = bits.golomb()
  if (chroma === 3) bits.take(1)
  const lumaDepth = bits.golomb() + 8
  const chromaDepth = bits.golomb() + 8
  // qpprime_y_zero_transform_bypass
  bits.take(1)
  if (bits.take(1) === 1) {
    for (let list = 0; list < (chroma === 3 ? 12 : 8); list++)
      if (bits.take(1) === 1) skipList(bits, list < 6 ? 16 : 64)
  }
  return { chroma, lumaDepth, chromaDepth }
}

/** 7.3.2.1.1.1 */
function skipList(bits: BitReader, size: number): void {
  let last = 8
  let next = 8
  for (let at = 0; at < size; at++) {
    if (next !== 0) next = (last + bits.signedGolomb() + 256) % 256
    if (next !== 0) last = next
  }
}

/** pic_order_cnt_type and the fields that depend on it. */
function skipOrder(bits: BitReader): void {
  const type = bits.golomb()
  if (type === 0) bits.golomb()
  if (type !== 1) return
  bits.take(1)
  bits.signedGolomb()
  bits.signedGolomb()
  for (let left = bits.golomb(); left > 0; left--) bits.signedGolomb()
}

/** Removes emulation prevention: the 3 after two zeros, 7.4.1. */
function withoutEmulation(unit: Buffer): Buffer {
  return Buffer.from(unit.filter((byte, at) => !(byte === 3 && at >= 2 && unit[at - 1] === 0 && unit[at - 2] === 0)))
}

class BitReader {
  #at = 0

  constructor(private readonly bytes: Buffer) {}

  take(count: number): number {
    let value = 0
    for (let left = count; left > 0; left--) {
      const byte = this.bytes[this.#at >> 3]
      if (byte === undefined) throw new Error("the video's parameters are cut off")
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1)
      this.#at++
    }
    return value
  }

  /** `ue(v)` */
  golomb(): number {
    let zeros = 0
    while (this.take(1) === 0) zeros++
    return 2 ** zeros - 1 + this.take(zeros)
  }

  /** `se(v)` */
  signedGolomb(): number {
    const value = this.golomb()
    return value % 2 === 0 ? -value / 2 : (value + 1) / 2
  }
}
