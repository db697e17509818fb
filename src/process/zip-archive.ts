import { crc32 } from 'node:zlib'

const version = 20
/** Flag of an entry whose name is UTF-8. */
const utf8 = 0x0800
/** 1 January 1980: the archive says nothing about times. */
const noDate = 0x0021

/** A ZIP archive with one uncompressed file of less than 4 GB (PKWARE's APPNOTE.TXT, sections 4.3.7 to 4.3.16). */
export function zipArchive(name: string, content: Buffer): Buffer {
  const fileName = Buffer.from(name)
  const entry = Buffer.alloc(26)
  entry.writeUInt16LE(version, 0)
  entry.writeUInt16LE(utf8, 2)
  entry.writeUInt16LE(noDate, 8)
  entry.writeUInt32LE(crc32(content), 10)
  entry.writeUInt32LE(content.length, 14)
  entry.writeUInt32LE(content.length, 18)
  entry.writeUInt16LE(fileName.length, 22)
  const file = Buffer.concat([Buffer.from('PK\x03\x04'), entry, fileName, content])
  // Made by the same version; no comment, first disk, no attributes, and the offset of the file: all 0.
  const madeBy = entry.subarray(0, 2)
  const directory = Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, entry, Buffer.alloc(14), fileName])
  const end = Buffer.alloc(18)
  end.writeUInt16LE(1, 4)
  end.writeUInt16LE(1, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(file.length, 12)
  return Buffer.concat([file, directory, Buffer.from('PK\x05\x06'), end])
}
