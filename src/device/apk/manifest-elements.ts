/** An element's start in a compiled manifest. Attributes that are not text have the number that encodes them. */
export interface ManifestElement {
  name: string
  attributes: Record<string, string | number>
}

/** Chunk types of Android's compiled XML (frameworks/base, libs/androidfw, ResourceTypes.h). */
const stringPool = 0x0001
const elementStart = 0x0102
const utf8Strings = 1 << 8
const textValue = 0x03

/** Reads the elements of a compiled AndroidManifest.xml in their order. */
export function manifestElements(xml: Buffer): ManifestElement[] {
  const elements: ManifestElement[] = []
  let strings: string[] = []
  let at = xml.readUInt16LE(2)
  while (at + 8 <= xml.length) {
    const type = xml.readUInt16LE(at)
    const size = xml.readUInt32LE(at + 4)
    const chunk = xml.subarray(at, at + size)
    if (type === stringPool) strings = stringsOf(chunk)
    else if (type === elementStart) elements.push(elementOf(chunk, strings))
    if (size < 8) break
    at += size
  }
  return elements
}

/** After the chunk's and the node's header (16 bytes): namespace, name, then where and how many the attributes are. */
function elementOf(chunk: Buffer, strings: readonly string[]): ManifestElement {
  const text = (index: number): string => strings[index] ?? ''
  const first = 16 + chunk.readUInt16LE(24)
  const size = chunk.readUInt16LE(26)
  const attributes: ManifestElement['attributes'] = {}
  for (let index = 0; index < chunk.readUInt16LE(28); index++) {
    const attribute = first + index * size
    const value = chunk.readUInt32LE(attribute + 16)
    attributes[text(chunk.readUInt32LE(attribute + 4))] = chunk[attribute + 15] === textValue ? text(value) : value
  }
  return { name: text(chunk.readUInt32LE(20)), attributes }
}

function stringsOf(chunk: Buffer): string[] {
  const header = chunk.readUInt16LE(2)
  const isUtf8 = (chunk.readUInt32LE(16) & utf8Strings) !== 0
  const start = chunk.readUInt32LE(20)
  return Array.from({ length: chunk.readUInt32LE(8) }, (_, index) => {
    const at = start + chunk.readUInt32LE(header + index * 4)
    return isUtf8 ? utf8At(chunk, at) : utf16At(chunk, at)
  })
}

/** The length in characters, then in bytes; each has a second byte if the first has its highest bit set. */
function utf8At(chunk: Buffer, at: number): string {
  const lengthAt = at + (chunk.readUInt8(at) & 0x80 ? 2 : 1)
  const first = chunk.readUInt8(lengthAt)
  const isLong = (first & 0x80) !== 0
  const bytes = isLong ? ((first & 0x7f) << 8) | chunk.readUInt8(lengthAt + 1) : first
  const start = lengthAt + (isLong ? 2 : 1)
  return chunk.toString('utf8', start, start + bytes)
}

function utf16At(chunk: Buffer, at: number): string {
  const first = chunk.readUInt16LE(at)
  const isLong = (first & 0x8000) !== 0
  const length = isLong ? ((first & 0x7fff) << 16) | chunk.readUInt16LE(at + 2) : first
  const start = at + (isLong ? 4 : 2)
  return chunk.toString('utf16le', start, start + length * 2)
}
