/** An element of Android's binary XML, flat: `depth` is its level. */
export interface BinaryElement {
  name: string
  depth: number
  attributes: Record<string, string | number>
}

const chunks = { strings: 0x0001, startElement: 0x0102, endElement: 0x0103 }
const types = { string: 0x03 }
const utf8Flag = 0x100

/** Parses the compiled XML of an app's manifest. */
export function parseBinaryXml(file: Buffer): BinaryElement[] {
  const elements: BinaryElement[] = []
  let strings: string[] = []
  let depth = 0
  for (let at = 8; at + 8 <= file.length; at += file.readUInt32LE(at + 4)) {
    const type = file.readUInt16LE(at)
    if (type === chunks.strings) strings = readStrings(file, at)
    else if (type === chunks.startElement) elements.push(readElement(file, { at, strings, depth: depth++ }))
    else if (type === chunks.endElement) depth--
  }
  return elements
}

function readElement(file: Buffer, { at, strings, depth }: { at: number; strings: string[]; depth: number }) {
  const attributes: Record<string, string | number> = {}
  const first = at + 16 + file.readUInt16LE(at + 24)
  const size = file.readUInt16LE(at + 26)
  const count = file.readUInt16LE(at + 28)
  for (let index = 0; index < count; index++) {
    const attribute = first + index * size
    const value = file.readUInt32LE(attribute + 16)
    const isString = file.readUInt8(attribute + 15) === types.string
    attributes[strings[file.readUInt32LE(attribute + 4)] ?? ''] = isString ? (strings[value] ?? '') : value
  }
  return { name: strings[file.readUInt32LE(at + 20)] ?? '', depth, attributes }
}

function readStrings(file: Buffer, at: number): string[] {
  const count = file.readUInt32LE(at + 8)
  const isUtf8 = (file.readUInt32LE(at + 16) & utf8Flag) !== 0
  const start = at + file.readUInt32LE(at + 20)
  const headerBytes = file.readUInt16LE(at + 2)
  return Array.from({ length: count }, (_, index) => {
    const offset = start + file.readUInt32LE(at + headerBytes + index * 4)
    return isUtf8 ? readUtf8(file, offset) : readUtf16(file, offset)
  })
}

/** Two lengths, in characters and in bytes, each of one or two bytes. */
function readUtf8(file: Buffer, offset: number): string {
  let at = offset + (file.readUInt8(offset) & 0x80 ? 2 : 1)
  let length = file.readUInt8(at++)
  if (length & 0x80) length = ((length & 0x7f) << 8) | file.readUInt8(at++)
  return file.toString('utf8', at, at + length)
}

function readUtf16(file: Buffer, offset: number): string {
  let at = offset + 2
  let length = file.readUInt16LE(offset)
  if (length & 0x8000) {
    length = ((length & 0x7fff) << 16) | file.readUInt16LE(at)
    at += 2
  }
  return file.toString('utf16le', at, at + length * 2)
}
