import { PassThrough } from 'node:stream'
import type { Phone } from '../phone.js'
import { runShell } from '../shell/run-shell.js'
import type { ShellIo } from '../shell/shell-io.js'
import type { AdbStream } from './adb-stream.js'
import { encodeFrame, FrameReader, frames } from './shell-frame.js'

/** `shell,v2,…:LINE`: output, errors and exit code in separate frames. */
export function serveFramedShell(phone: Phone, stream: AdbStream, line: string): void {
  const stdin = new PassThrough()
  const reader = new FrameReader((kind, data) => {
    if (kind === frames.stdin) stdin.write(data)
    else if (kind === frames.closeStdin) stdin.end()
  })
  stream.on('data', (chunk: Buffer) => reader.feed(chunk))
  const io: ShellIo = {
    out: text => void stream.write(encodeFrame(frames.stdout, Buffer.from(text))),
    err: text => void stream.write(encodeFrame(frames.stderr, Buffer.from(text))),
    stdin,
    signal: endOf(stream, stdin),
  }
  void runShell(phone, line, io).then(code => stream.end(encodeFrame(frames.exit, Buffer.from([code & 0xff]))))
}

/** `shell:LINE` and `exec:LINE`: bytes in, bytes out. */
export function serveRawShell(phone: Phone, stream: AdbStream, line: string): void {
  const stdin = new PassThrough()
  stream.pipe(stdin)
  const write = (text: string | Buffer): void => void stream.write(text)
  void runShell(phone, line, { out: write, err: write, stdin, signal: endOf(stream, stdin) }).then(() => stream.end())
}

/** Ends a command with its stream, as a process ends with its terminal. */
function endOf(stream: AdbStream, stdin: PassThrough): AbortSignal {
  const over = new AbortController()
  stream.once('close', () => {
    over.abort()
    stdin.end()
  })
  return over.signal
}
