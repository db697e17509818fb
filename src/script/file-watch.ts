import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** Notified of files that code of this process uses through `node:fs`, before it uses them. Paths are absolute. */
export interface FileWatcher {
  /** It reads a file, or asks whether it exists. */
  read(file: string): void
  list(folder: string, recursive: boolean): void
  /** It opens a file for writing. */
  write(file: string): void
  append(file: string): void
}

let watcher: FileWatcher | undefined

/** Sets who is notified; undefined: nobody. */
export function watchFiles(next: FileWatcher | undefined): void {
  watcher = next
}

type Use = (watcher: FileWatcher, args: readonly unknown[]) => void

const reads: Use = (to, [file]) => notify(file, path => to.read(path))
const lists: Use = (to, [folder, options]) =>
  notify(folder, path => to.list(path, Boolean(optionOf(options, 'recursive'))))
const copies: Use = (to, [from, target]) => {
  notify(from, path => to.read(path))
  notify(target, path => to.write(path))
}
const appends: Use = (to, [file]) => notify(file, path => to.append(path))
const writes: Use = (to, [file, , options]) => opened(to, file, optionOf(options, 'flag') ?? 'w')
const writeStreams: Use = (to, [file, options]) => opened(to, file, optionOf(options, 'flags') ?? 'w')
const opens: Use = (to, [file, flags]) => opened(to, file, flags ?? 'r')

const watched: Readonly<Record<string, Use>> = {
  readFile: reads,
  createReadStream: reads,
  exists: reads,
  access: reads,
  stat: reads,
  lstat: reads,
  readdir: lists,
  opendir: lists,
  copyFile: copies,
  cp: copies,
  rename: copies,
  appendFile: appends,
  writeFile: writes,
  createWriteStream: writeStreams,
  open: opens,
}

/** Makes `node:fs` notify the watcher, in all three of its styles; once for the whole process. */
export function installFileWatch(): void {
  for (const [name, use] of Object.entries(watched)) {
    wrap(fs, name, use)
    wrap(fs, `${name}Sync`, use)
    wrap(fs.promises, name, use)
  }
  // For imports by name.
  syncBuiltinESMExports()
}

function wrap(target: object, name: string, use: Use): void {
  const original: unknown = Reflect.get(target, name)
  if (typeof original !== 'function') return
  const wrapper = function (this: unknown, ...args: unknown[]): unknown {
    if (watcher) use(watcher, args)
    return Reflect.apply(original, this, args)
  }
  // Its name and length, and what `promisify` looks for.
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original))
  Reflect.set(target, name, wrapper)
}

function opened(to: FileWatcher, file: unknown, flags: unknown): void {
  const text = typeof flags === 'number' ? numericFlags(flags) : String(flags)
  if (text.startsWith('a')) notify(file, path => to.append(path))
  else if (text.startsWith('w')) notify(file, path => to.write(path))
  else notify(file, path => to.read(path))
}

function numericFlags(flags: number): string {
  const { O_APPEND, O_CREAT, O_TRUNC } = fs.constants
  return flags & O_APPEND ? 'a' : flags & (O_CREAT | O_TRUNC) ? 'w' : 'r'
}

/** Options may be the name of an encoding, or a callback. */
function optionOf(options: unknown, name: string): unknown {
  return typeof options === 'object' && options !== null ? (Reflect.get(options, name) as unknown) : undefined
}

/** Watching must never change what the code sees: what is not a path fails in `fs` itself. */
function notify(file: unknown, to: (path: string) => void): void {
  try {
    if (file instanceof URL) to(fileURLToPath(file))
    else if (typeof file === 'string' || Buffer.isBuffer(file)) to(path.resolve(file.toString()))
  } catch {
    // As above.
  }
}
