import { deflateSync } from 'node:zlib'

interface Image {
  width: number
  height: number
  /** Colours as 0xRRGGBB; a pixel is an index of it. */
  palette: readonly number[]
  row: (index: number) => Buffer
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const indexedColour = 3

export function encodePng({ width, height, palette, row }: Image): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, indexedColour, 0, 0, 0], 8)
  const lines = Buffer.alloc((width + 1) * height)
  for (let index = 0; index < height; index++) row(index).copy(lines, index * (width + 1) + 1)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(colour => [colour >> 16, (colour >> 8) & 0xff, colour & 0xff]))),
    chunk('IDAT', deflateSync(lines, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const buffer = Buffer.alloc(12 + data.length)
  buffer.writeUInt32BE(data.length, 0)
  buffer.write(type, 4, 'latin1')
  data.copy(buffer, 8)
  buffer.writeUInt32BE(crc32(buffer.subarray(4, 8 + data.length)), 8 + data.length)
  return buffer
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** The checksum of PNG and ZIP. */
export function crc32(data: Buffer): number {
  let crc = 0xffffffff
  for (const byte of data) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}
