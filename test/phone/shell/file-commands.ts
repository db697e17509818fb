import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { fileModes, type PhoneFile } from '../system/files.js'
import { zoneTime } from '../system/zone-time.js'
import type { Phone } from '../phone.js'
import { CommandFailure, type Command } from './shell-io.js'

const totalBytes = 8 * 1024 ** 3

const flags = (args: readonly string[]): string => args.filter(arg => arg.startsWith('-')).join('')
const paths = (args: readonly string[]): string[] => args.filter(arg => !arg.startsWith('-') && arg !== '')

/** @throws CommandFailure with the command's message if the file does not exist */
export function fileAt(phone: Phone, command: string, path: string): PhoneFile {
  const file = pseudoFile(phone, path) ?? phone.files.get(path)
  if (!file) throw new CommandFailure(`${command}: ${path}: No such file or directory`)
  return file
}

/** Files of the kernel. */
function pseudoFile(phone: Phone, path: string): PhoneFile | undefined {
  const texts: Record<string, string> = {
    '/proc/sys/kernel/random/boot_id': `${phone.bootId}\n`,
    '/proc/uptime': `${(phone.uptimeMs / 1000).toFixed(2)} 0.00\n`,
    '/proc/net/unix': unixSockets(phone.network.abstractNames()),
  }
  const text = texts[path]
  if (text === undefined) return undefined
  const content = Buffer.from(text)
  return { content, size: content.length, mode: fileModes.file | 0o444, mtimeMs: phone.nowMs }
}

/** The kernel's list of listening sockets. */
function unixSockets(names: readonly string[]): string {
  const lines = names.map((name, at) => `0000000000000000: 00000002 00000000 00010000 0001 01 ${40_000 + at} @${name}`)
  return ['Num       RefCount Protocol Flags    Type St Inode Path', ...lines, ''].join('\n')
}

const cat: Command = ({ phone, args, io }) => {
  for (const path of paths(args)) io.out(fileAt(phone, 'cat', path).content ?? '')
  return 0
}

const ls: Command = ({ phone, args, io }) => {
  const [path = '/'] = paths(args)
  const file = fileAt(phone, 'ls', path)
  const isDirectory = (file.mode & fileModes.directory) !== 0 && !flags(args).includes('d')
  const entries = isDirectory ? phone.files.list(path) : ([[path, file]] as const)
  for (const [name, entry] of entries) io.out(flags(args).includes('l') ? longLine(name, entry) : `${name}\n`)
  return 0
}

function longLine(name: string, { mode, size, mtimeMs }: PhoneFile): string {
  const { year, month, day, hour, minute } = zoneTime(mtimeMs, 'UTC')
  const letters = (mode & fileModes.directory) !== 0 ? 'drwxr-xr-x' : '-rw-r--r--'
  return `${letters} 1 shell shell ${size} ${year}-${month}-${day} ${hour}:${minute} ${name}\n`
}

const test: Command = ({ phone, args }) => {
  const [operator, path = ''] = args.filter(arg => arg !== ']')
  const file = phone.files.get(path)
  if (operator === '-d') return file && (file.mode & fileModes.directory) !== 0 ? 0 : 1
  return file ? 0 : 1
}

const rm: Command = ({ phone, args }) => {
  for (const path of paths(args)) {
    const directory = path.replace(/\/\*$/, '')
    const removed = path.endsWith('/*')
      ? phone.files.list(directory).map(([name]) => phone.files.remove(`${directory}/${name}`))
      : [phone.files.remove(path)]
    if (removed.includes(false) && !flags(args).includes('f')) {
      throw new CommandFailure(`rm: ${path}: No such file or directory`)
    }
  }
  return 0
}

const hash =
  (algorithm: string): Command =>
  ({ phone, args, io }) => {
    for (const path of paths(args)) {
      const content = fileAt(phone, `${algorithm}sum`, path).content ?? Buffer.alloc(0)
      io.out(`${createHash(algorithm).update(content).digest('hex')}  ${path}\n`)
    }
    return 0
  }

const df: Command = ({ phone, args, io }) => {
  const unit = flags(args).includes('h') ? 0 : 1024
  const used = totalBytes - phone.freeBytes
  const show = (bytes: number): string =>
    unit === 0 ? `${(bytes / 1024 ** 3).toFixed(1)}G` : String(Math.floor(bytes / unit))
  io.out(`Filesystem     ${unit === 0 ? 'Size' : '1K-blocks'}    Used Available Use% Mounted on\n`)
  const percent = Math.ceil((used / totalBytes) * 100)
  const where = paths(args)[0]?.startsWith('/sdcard') ? '/storage/emulated' : '/data'
  io.out(`/dev/block/dm-9 ${show(totalBytes)} ${show(used)} ${show(phone.freeBytes)} ${percent}% ${where}\n`)
  return 0
}

const stat: Command = ({ phone, args, io }) => {
  const format = args[args.indexOf('-c') + 1] ?? '%s'
  const path = args.at(-1) ?? ''
  const { size, mtimeMs } = fileAt(phone, 'stat', path)
  io.out(
    `${format
      .replace('%s', String(size))
      .replace('%Y', String(Math.floor(mtimeMs / 1000)))
      .replace('%n', path)}\n`,
  )
  return 0
}

const mkdir: Command = ({ phone, args }) => {
  for (const path of paths(args)) phone.files.makeDirectory(path)
  return 0
}

const touch: Command = ({ phone, args }) => {
  for (const path of paths(args)) {
    const content = phone.files.get(path)?.content ?? Buffer.alloc(0)
    phone.files.write(path, { content, mode: fileModes.file | 0o644, mtimeMs: phone.nowMs })
  }
  return 0
}

const basenameCommand: Command = ({ args, io }) => {
  io.out(`${basename(args[0] ?? '')}\n`)
  return 0
}

export const fileCommands: Record<string, Command> = {
  cat,
  ls,
  test,
  '[': test,
  rm,
  df,
  stat,
  mkdir,
  touch,
  basename: basenameCommand,
  chmod: () => 0,
  md5sum: hash('md5'),
  sha1sum: hash('sha1'),
  sha256sum: hash('sha256'),
}
