import { finished } from 'node:stream/promises'
import type { Duplex } from 'node:stream'

/**
 * adb's shell protocol, version 2: output, errors and the exit code of a command in separate frames. A frame is its type (one
 * byte), the length of its data (four bytes, little endian) and the data.
 */
const frameTypes = { stdin: 0, stdout: 1, stderr: 2, exit: 3, closeStdin: 4 } as const
const headerBytes = 5
/** Data of one frame of standard input. The phone reads longer ones too, but would buffer them. */
const maxInputBytes = 64 * 1024

const unended = 'its connection closed before the command had ended'

/** What a command printed, and how it ended. */
export interface ShellOutput {
  stdout: Buffer
  stderr: Buffer
  exitCode: number
}

/**
 * Runs one command over a stream of this protocol.
 * @param input - standard input of the command
 * @throws Error if the stream ends before the command did
 */
export async function readFrames(stream: Duplex, input?: Buffer): Promise<ShellOutput> {
  if (input) writeInput(stream, input)
  const parser = new FrameParser()
  stream.on('data', (chunk: Buffer) => parser.feed(chunk))
  await finished(stream, { writable: false })
  if (parser.exitCode === undefined) throw new Error(unended)
  return { stdout: Buffer.concat(parser.stdout), stderr: Buffer.concat(parser.stderr), exitCode: parser.exitCode }
}

function writeInput(stream: Duplex, input: Buffer): void {
  for (let at = 0; at < input.length; at += maxInputBytes)
    stream.write(frame(frameTypes.stdin, input.subarray(at, at + maxInputBytes)))
  stream.write(frame(frameTypes.closeStdin, Buffer.alloc(0)))
}

function frame(type: number, data: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.writeUInt8(type, 0)
  header.writeUInt32LE(data.length, 1)
  return Buffer.concat([header, data])
}

/** Collects frames from chunks that may end anywhere. */
class FrameParser {
  readonly stdout: Buffer[] = []
  readonly stderr: Buffer[] = []
  exitCode: number | undefined
  readonly #header = Buffer.alloc(headerBytes)
  #headerLength = 0
  /** Bytes of the current frame that are still to come. */
  #missing = 0

  feed(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#headerLength < headerBytes) {
        this.#header[this.#headerLength++] = chunk.readUInt8(at++)
        if (this.#headerLength === headerBytes) this.#missing = this.#header.readUInt32LE(1)
      } else {
        const data = chunk.subarray(at, at + this.#missing)
        at += data.length
        this.#missing -= data.length
        this.#add(data)
      }
      if (this.#headerLength === headerBytes && this.#missing === 0) this.#headerLength = 0
    }
  }

  #add(data: Buffer): void {
    const type = this.#header.readUInt8(0)
    if (type === frameTypes.stdout) this.stdout.push(data)
    else if (type === frameTypes.stderr) this.stderr.push(data)
    else if (type === frameTypes.exit) this.exitCode ??= data.at(0)
  }
}

/** Separates the output from the exit code if the phone's adb daemon has no version 2. */
const exitMarker = '--baton-exit--'

/** The command line to run through a service that reports no exit code. */
export function withExitCode(command: string): string {
  return `${command}; echo ${exitMarker}$?`
}

/**
 * Splits what `withExitCode` printed; errors are part of the output then.
 * @throws Error if the output ends before the command did
 */
export function splitExitCode(printed: Buffer): ShellOutput {
  const at = printed.lastIndexOf(exitMarker)
  const exitCode = at < 0 ? Number.NaN : Number.parseInt(printed.toString('latin1', at + exitMarker.length), 10)
  if (Number.isNaN(exitCode)) throw new Error(unended)
  return { stdout: printed.subarray(0, at), stderr: Buffer.alloc(0), exitCode }
}
