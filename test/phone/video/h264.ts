import { BitWriter } from './bit-writer.js'

/**
 * The simplest video that every player supports: H.264 baseline whose frames are independent and whose blocks contain plain
 * samples (I_PCM), so that nothing has to be predicted or transformed.
 * Sections and names are those of ITU-T H.264.
 */

export const blockSize = 16

/** One picture: full luma, both chromas at half the width and height. Sides are multiples of 16. */
export interface Picture {
  width: number
  height: number
  luma: Buffer
  blue: Buffer
  red: Buffer
}

const nalTypes = { slice: 0x65, sequence: 0x67, picture: 0x68 }
const profile = { baseline: 66, constraints: 0xc0, level: 30 }
const allIntra = 7
const pcmBlock = 25

/** 7.3.2.1: parameters of all pictures. */
export function sequenceParameters(width: number, height: number): Buffer {
  const bits = new BitWriter()
    .bits(profile.baseline, 8)
    .bits(profile.constraints, 8)
    .bits(profile.level, 8)
    // seq_parameter_set_id, log2_max_frame_num_minus4, pic_order_cnt_type, max_num_ref_frames
    .golomb(0, 0, 2, 1)
    .bits(0, 1)
    .golomb(width / blockSize - 1, height / blockSize - 1)
    // frame_mbs_only, direct_8x8_inference, no cropping, no usability information
    .bits(0b1100, 4)
  return nal(nalTypes.sequence, bits.stop().toBuffer())
}

/** 7.3.2.2: CAVLC, one slice group, nothing weighted. */
export function pictureParameters(): Buffer {
  const bits = new BitWriter()
    .golomb(0, 0)
    .bits(0, 2)
    .golomb(0, 0, 0)
    .bits(0, 3)
    // pic_init_qp, pic_init_qs, chroma_qp_index_offset: all 0
    .golomb(0, 0, 0)
    .bits(0, 3)
  return nal(nalTypes.picture, bits.stop().toBuffer())
}

/** 7.3.3: a picture as one slice. @param index - consecutive pictures must have different indexes */
export function encodePicture(picture: Picture, index: number): Buffer {
  const parts: Buffer[] = []
  const header = new BitWriter()
    .golomb(0, allIntra, 0)
    .bits(0, 4)
    .golomb(index % 2)
    .bits(0, 2)
    .golomb(0)
  for (let y = 0; y < picture.height; y += blockSize) {
    for (let x = 0; x < picture.width; x += blockSize) {
      const first = parts.length === 0
      parts.push((first ? header : new BitWriter()).golomb(pcmBlock).align().toBuffer(), samples(picture, x, y))
    }
  }
  parts.push(new BitWriter().stop().toBuffer())
  return nal(nalTypes.slice, Buffer.concat(parts))
}

function samples({ width, luma, blue, red }: Picture, x: number, y: number): Buffer {
  const half = blockSize / 2
  return Buffer.concat([
    ...rows(luma, { stride: width, x, y, size: blockSize }),
    ...rows(blue, { stride: width / 2, x: x / 2, y: y / 2, size: half }),
    ...rows(red, { stride: width / 2, x: x / 2, y: y / 2, size: half }),
  ])
}

function rows(plane: Buffer, { stride, x, y, size }: Record<'stride' | 'x' | 'y' | 'size', number>): Buffer[] {
  return Array.from({ length: size }, (_, row) => plane.subarray((y + row) * stride + x, (y + row) * stride + x + size))
}

/** 7.4.1: two zero bytes are never followed by a byte below 4. */
function nal(type: number, payload: Buffer): Buffer {
  const bytes = [type]
  let zeros = 0
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3)
      zeros = 0
    }
    bytes.push(byte)
    zeros = byte === 0 ? zeros + 1 : 0
  }
  return Buffer.from(bytes)
}
