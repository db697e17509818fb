import { crc32 } from 'node:zlib'

const version = 20
/** Flag of an entry whose name is UTF-8. */
const utf8 = 0x0800
/** 1 January 1980: the archive says nothing about times. */
const noDate = 0x0021

/** A file of an archive. Its name has `/`. */
export interface ZipFile {
  name: string
  content: Buffer
}

/** A ZIP archive with uncompressed files of less than 4 GB together (PKWARE's APPNOTE.TXT, sections 4.3.7 to 4.3.16). */
export function zipArchive(files: readonly ZipFile[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content } of files) {
    const fileName = Buffer.from(name)
    const entry = entryOf(fileName, content)
    parts.push(Buffer.from('PK\x03\x04'), entry, fileName, content)
    // Made by the same version; no comment, first disk, no attributes.
    const details = Buffer.alloc(14)
    details.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02'), entry.subarray(0, 2), entry, details, fileName)
    offset += 4 + entry.length + fileName.length + content.length
  }
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    8,
  )
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...parts, ...directory, Buffer.from('PK\x05\x06'), end])
}

function entryOf(fileName: Buffer, content: Buffer): Buffer {
  const entry = Buffer.alloc(26)
  entry.writeUInt16LE(version, 0)
  entry.writeUInt16LE(utf8, 2)
  entry.writeUInt16LE(noDate, 8)
  entry.writeUInt32LE(crc32(content), 10)
  entry.writeUInt32LE(content.length, 14)
  entry.writeUInt32LE(content.length, 18)
  entry.writeUInt16LE(fileName.length, 22)
  return entry
}
