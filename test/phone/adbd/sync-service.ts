import { posix } from 'node:path'
import type { Phone } from '../phone.js'
import { fileModes, type PhoneFile } from '../system/files.js'
import type { AdbStream } from './adb-stream.js'
import { ByteSource } from './byte-source.js'

const maxChunkBytes = 64 * 1024

/** `sync:` copies files to and from the phone. */
export async function serveSync(phone: Phone, stream: AdbStream): Promise<void> {
  const source = new ByteSource(stream)
  for (;;) {
    const header = await source.read(8)
    const id = header?.toString('latin1', 0, 4)
    if (!header || id === 'QUIT') break
    const argument = await source.read(header.readUInt32LE(4))
    if (!argument) break
    const path = argument.toString('utf8')
    if (id === 'STAT') stream.write(stat(phone.files.get(path)))
    else if (id === 'LIST') list(phone, stream, path)
    else if (id === 'RECV') receive(phone, stream, path)
    else if (id !== 'SEND' || !(await store(phone, { stream, source, target: path }))) break
  }
  stream.end()
}

function stat(file: PhoneFile | undefined): Buffer {
  return message('STAT', ...entryFields(file))
}

function entryFields(file: PhoneFile | undefined): number[] {
  return file ? [file.mode, file.size, Math.floor(file.mtimeMs / 1000)] : [0, 0, 0]
}

function list(phone: Phone, stream: AdbStream, path: string): void {
  for (const [name, file] of phone.files.list(path)) {
    const bytes = Buffer.from(name)
    stream.write(Buffer.concat([message('DENT', ...entryFields(file), bytes.length), bytes]))
  }
  stream.write(message('DONE', 0, 0, 0, 0))
}

function receive(phone: Phone, stream: AdbStream, path: string): void {
  const file = phone.files.get(path)
  if (!file?.content) return fail(stream, `open failed: No such file or directory`)
  for (let offset = 0; offset < file.content.length; offset += maxChunkBytes) {
    const chunk = file.content.subarray(offset, offset + maxChunkBytes)
    stream.write(Buffer.concat([message('DATA', chunk.length), chunk]))
  }
  stream.write(message('DONE', 0))
}

interface Store {
  stream: AdbStream
  source: ByteSource
  /** `path,mode` */
  target: string
}

/** @returns false if the stream ended halfway */
async function store(phone: Phone, { stream, source, target }: Store): Promise<boolean> {
  const comma = target.lastIndexOf(',')
  const path = posix.normalize(target.slice(0, comma))
  const mode = Number(target.slice(comma + 1))
  const chunks: Buffer[] = []
  for (;;) {
    const header = await source.read(8)
    if (!header) return false
    const value = header.readUInt32LE(4)
    if (header.toString('latin1', 0, 4) === 'DONE') {
      const content = Buffer.concat(chunks)
      if (content.length > phone.freeBytes) fail(stream, 'write failed: No space left on device')
      else {
        phone.files.write(path, { content, mode: fileModes.file | (mode & 0o777), mtimeMs: value * 1000 })
        stream.write(message('OKAY', 0))
      }
      return true
    }
    const chunk = await source.read(value)
    if (!chunk) return false
    chunks.push(chunk)
  }
}

function fail(stream: AdbStream, reason: string): void {
  const bytes = Buffer.from(reason)
  stream.write(Buffer.concat([message('FAIL', bytes.length), bytes]))
}

function message(id: string, ...fields: number[]): Buffer {
  const buffer = Buffer.alloc(4 + fields.length * 4)
  buffer.write(id, 'latin1')
  for (const [index, field] of fields.entries()) buffer.writeUInt32LE(field, 4 + index * 4)
  return buffer
}
