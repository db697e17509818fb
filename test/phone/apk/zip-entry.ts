import { inflateRawSync } from 'node:zlib'

const endRecord = 0x06054b50
const centralRecord = 0x02014b50
const deflated = 8

/** Reads one file of a ZIP archive; undefined if it is not an archive or lacks the file. */
export function readZipEntry(zip: Buffer, name: string): Buffer | undefined {
  const end = findEnd(zip)
  if (end === undefined) return undefined
  const entries = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let index = 0; index < entries; index++) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== centralRecord) return undefined
    const nameBytes = zip.readUInt16LE(at + 28)
    if (zip.toString('utf8', at + 46, at + 46 + nameBytes) === name) return extract(zip, at)
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return undefined
}

/** The end record is the last part of the file, except for a comment of at most 64 KiB. */
function findEnd(zip: Buffer): number | undefined {
  for (let at = zip.length - 22; at >= Math.max(0, zip.length - 22 - 0xffff); at--) {
    if (zip.readUInt32LE(at) === endRecord) return at
  }
  return undefined
}

function extract(zip: Buffer, central: number): Buffer {
  const method = zip.readUInt16LE(central + 10)
  const size = zip.readUInt32LE(central + 20)
  const local = zip.readUInt32LE(central + 42)
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const data = zip.subarray(start, start + size)
  return method === deflated ? inflateRawSync(data) : data
}
