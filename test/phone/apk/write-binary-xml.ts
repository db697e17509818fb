/** An element to write. Attributes are in Android's namespace, except those of `manifest`. */
export interface XmlElement {
  name: string
  attributes?: Record<string, string | number>
  children?: XmlElement[]
}

/** Android's numbers of its attributes: readers use these, not the names. */
const androidAttributes: Record<string, number> = {
  name: 0x01010003,
  minSdkVersion: 0x0101020c,
  versionCode: 0x0101021b,
  versionName: 0x0101021c,
  targetSdkVersion: 0x01010270,
}
const androidNamespace = 'http://schemas.android.com/apk/res/android'
const none = 0xffffffff
const chunks = {
  file: 0x0003,
  strings: 0x0001,
  resources: 0x0180,
  start: 0x0100,
  end: 0x0101,
  open: 0x0102,
  close: 0x0103,
}
const types = { string: 0x03, integer: 0x10 }

/** Writes the compiled XML of an app's manifest. */
export function writeBinaryXml(root: XmlElement): Buffer {
  const strings = [...new Set([...Object.keys(androidAttributes), 'android', androidNamespace, ...wordsOf(root)])]
  const index = (text: string): number => strings.indexOf(text)
  const namespace = [index('android'), index(androidNamespace)]
  return chunk(chunks.file, 8, [
    stringPool(strings),
    chunk(chunks.resources, 8, [words(...Object.values(androidAttributes))]),
    node(chunks.start, words(...namespace)),
    ...elements(root, index),
    node(chunks.end, words(...namespace)),
  ])
}

function wordsOf({ name, attributes = {}, children = [] }: XmlElement): string[] {
  const values = Object.values(attributes).filter(value => typeof value === 'string')
  return [name, ...Object.keys(attributes), ...values, ...children.flatMap(wordsOf)]
}

function elements({ name, attributes = {}, children = [] }: XmlElement, index: (text: string) => number): Buffer[] {
  const written = Object.entries(attributes).map(([key, value]) => {
    const isString = typeof value === 'string'
    const data = isString ? index(value) : value
    const namespace = key in androidAttributes ? index(androidNamespace) : none
    const type = Buffer.from([8, 0, 0, isString ? types.string : types.integer])
    return Buffer.concat([words(namespace, index(key), isString ? data : none), type, words(data)])
  })
  const layout = Buffer.alloc(12)
  layout.writeUInt16LE(20, 0)
  layout.writeUInt16LE(20, 2)
  layout.writeUInt16LE(written.length, 4)
  return [
    node(chunks.open, Buffer.concat([words(none, index(name)), layout, ...written])),
    ...children.flatMap(child => elements(child, index)),
    node(chunks.close, words(none, index(name))),
  ]
}

/** UTF-16, for the oldest readers. */
function stringPool(strings: readonly string[]): Buffer {
  const encoded = strings.map(text => {
    const length = Buffer.alloc(2)
    length.writeUInt16LE(text.length)
    return Buffer.concat([length, Buffer.from(text, 'utf16le'), Buffer.alloc(2)])
  })
  const offsets = encoded.map((_, at) => encoded.slice(0, at).reduce((sum, { length }) => sum + length, 0))
  const data = Buffer.concat(encoded)
  const padding = Buffer.alloc((4 - (data.length % 4)) % 4)
  return chunk(chunks.strings, 28, [
    words(strings.length, 0, 0, 28 + offsets.length * 4, 0),
    words(...offsets),
    data,
    padding,
  ])
}

/** A chunk of the tree begins with a line number and a comment. */
const node = (type: number, body: Buffer): Buffer => chunk(type, 16, [words(1, none), body])

function chunk(type: number, headerBytes: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const header = Buffer.alloc(8)
  header.writeUInt16LE(type, 0)
  header.writeUInt16LE(headerBytes, 2)
  header.writeUInt32LE(8 + body.length, 4)
  return Buffer.concat([header, body])
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) buffer.writeUInt32LE(value >>> 0, at * 4)
  return buffer
}
