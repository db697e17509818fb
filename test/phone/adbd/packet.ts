/** The commands of adb's transport protocol: four letters, little-endian. */
export const commands = {
  sync: 0x434e5953,
  connect: 0x4e584e43,
  open: 0x4e45504f,
  ready: 0x59414b4f,
  close: 0x45534c43,
  write: 0x45545257,
} as const

export interface Packet {
  command: number
  arg0: number
  arg1: number
  data: Buffer
}

export const headerBytes = 24

/** The version of adb 1.0.41, since which both sides omit checksums. */
export const protocolVersion = 0x01000001

export const nothing: Buffer = Buffer.alloc(0)

/**
 * One message on the wire. Only a connect message has a checksum: the peer reads it before it knows our version.
 */
export function encodePacket({ command, arg0, arg1, data }: Packet): Buffer {
  const header = Buffer.alloc(headerBytes)
  const checksum = command === commands.connect ? data.reduce((sum, byte) => sum + byte, 0) : 0
  const fields = [command, arg0, arg1, data.length, checksum, (command ^ 0xffffffff) >>> 0]
  for (const [index, field] of fields.entries()) header.writeUInt32LE(field, index * 4)
  return data.length === 0 ? header : Buffer.concat([header, data])
}
