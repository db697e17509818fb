import { randomBytes } from 'node:crypto'
import { fstatSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { LineSplitter } from '../process/line-splitter.js'
import { workerPipes, type HostToWorker, type WorkerToHost } from './worker-messages.js'

/*
 * The worker's end of its channel. Code of modules runs in the same process: it can use every file descriptor and replace every
 * function that it can name. Two things keep it from sending messages:
 *
 * - Each line begins with a secret that only a closure of this file holds, and the host ignores all other lines.
 * - What is called with the secret is captured here, before any module is loaded.
 *
 * Messages are written synchronously to a blocking pipe, so the host has them even if the process ends right after, and a host
 * that is busy slows the module instead of filling this process's memory.
 */

const write = writeSync
const stat = fstatSync
const exit = process.exit.bind(process)
const { stringify, parse } = JSON
const { keys } = Object
const { isArray } = Array
// Not `Buffer.from`, whose memory is part of a pool that modules can read.
const encode = TextEncoder.prototype.encode.bind(new TextEncoder())
const { wait } = Atomics
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Backoff after a write to a pipe that is full, if a module made it non-blocking. Milliseconds. */
const fullPipeMs = 1

/** The longest delay of a timer, in milliseconds. */
const foreverMs = 2 ** 31 - 1

/**
 * Opens the channel to the host. To be called once, before any code of a module is loaded.
 * @returns sends a message; ends the process if the pipe is gone
 */
export function openHostChannel(receive: (message: HostToWorker) => void): (message: WorkerToHost) => void {
  const secret = randomBytes(16).toString('hex')
  const { ino } = stat(workerPipes.toHost)
  const sendLine = (line: string): void => {
    try {
      // A module may have closed the pipe, and its own file may have the same number now.
      if (stat(workerPipes.toHost).ino !== ino) throw new Error('another file has its number')
      // A line of its own, even if a module wrote half a line.
      writeAll(encode(`\n${line}\n`))
    } catch {
      endWithoutHost()
    }
  }
  sendLine(secret)
  readMessages(receive)
  return message => sendLine(`${secret} ${toJson(message)}`)
}

function writeAll(bytes: Uint8Array): void {
  for (let sent = 0; sent < bytes.length;) {
    try {
      sent += write(workerPipes.toHost, bytes, sent)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      wait(pause, 0, 0, fullPipeMs)
    }
  }
}

function endWithoutHost(): never {
  try {
    write(2, `baton: the module closed file descriptor ${workerPipes.toHost}, which its results are sent through\n`)
  } catch {
    // It has closed its standard error, too.
  }
  return exit(1)
}

/** The pipe is not referenced, so that modules don't find it among the active handles of their process. */
function readMessages(receive: (message: HostToWorker) => void): void {
  const pipe = new Socket({ fd: workerPipes.fromHost, readable: true, writable: false })
  const lines = new LineSplitter(line => receive(parse(line) as HostToWorker))
  pipe.setEncoding('utf8').on('data', (text: string) => lines.add(text))
  pipe.on('error', () => {
    // The host is gone: `exitWithParent` ends this process.
  })
  pipe.unref()
  // Keeps the process alive between modules.
  setInterval(() => {}, foreverMs)
}

/** JSON of plain data. A module may have given all objects a `toJSON`, which would forge messages. */
function toJson(value: unknown): string {
  return 'toJSON' in Array.prototype ? plainJson(value) : stringify(value)
}

function plainJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return stringify(value)
  let text = ''
  if (isArray(value)) {
    for (let index = 0; index < value.length; index++) text += `${index === 0 ? '' : ','}${plainJson(value[index])}`
    return `[${text}]`
  }
  const names = keys(value)
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as keyof typeof value
    if (value[name] !== undefined) text += `${text === '' ? '' : ','}${stringify(name)}:${plainJson(value[name])}`
  }
  return `{${text}}`
}
