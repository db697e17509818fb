import { inflateRawSync } from 'node:zlib'

/** Signatures and sizes of https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. */
const endOfDirectory = { signature: 0x06054b50, bytes: 22, longestComment: 0xffff }
const directoryEntry = { signature: 0x02014b50, bytes: 46 }
const localHeaderBytes = 30
const deflated = 8

/** One file of a ZIP archive; undefined if it has no such file, or is not a ZIP archive. */
export function zipEntry(archive: Buffer, name: string): Buffer | undefined {
  const end = endOf(archive)
  if (end === undefined) return undefined
  let at = archive.readUInt32LE(end + 16)
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (at + directoryEntry.bytes > end || archive.readUInt32LE(at) !== directoryEntry.signature) return undefined
    const nameEnd = at + directoryEntry.bytes + archive.readUInt16LE(at + 28)
    if (archive.toString('utf8', at + directoryEntry.bytes, nameEnd) === name) return contentOf(archive, at)
    at = nameEnd + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  return undefined
}

function endOf(archive: Buffer): number | undefined {
  const last = archive.length - endOfDirectory.bytes
  for (let at = last; at >= Math.max(0, last - endOfDirectory.longestComment); at--) {
    if (archive.readUInt32LE(at) === endOfDirectory.signature) return at
  }
  return undefined
}

/** Sizes are taken from the directory: the header before the data may leave them out. */
function contentOf(archive: Buffer, entry: number): Buffer {
  const header = archive.readUInt32LE(entry + 42)
  const start = header + localHeaderBytes + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28)
  const data = archive.subarray(start, start + archive.readUInt32LE(entry + 20))
  return archive.readUInt16LE(entry + 10) === deflated ? inflateRawSync(data) : data
}
