import { fileURLToPath } from 'node:url'
import { plainText } from './plain-text.js'

/** Frames shown of each stack. */
const maxFrames = 10

/** Baton's own compiled code: its frames say nothing about the user's module. */
const ownCode = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The user's own frames of a stack, with paths relative to `cwd`; all frames if none is the user's. Lines such as
 * `Caused by: …` stay.
 * @param stack - already mapped to the source; with or without the error's message before the frames
 */
export function formatStack(stack: string, cwd: string): string[] {
  const lines = plainText(stack).split('\n')
  // Baton's own errors may have a cause but no frames.
  const first = lines.findIndex(line => isFrame(line) || isCause(line))
  if (first === -1) return []
  const all = lines.slice(first)
  const own = all.filter(line => !isFrame(line) || !isForeign(line))
  const shown = own.some(isFrame) ? own : all
  return shown.slice(0, maxFrames).map(line => relative(line.trim(), cwd))
}

const isFrame = (line: string): boolean => /^\s+at /.test(line)

const isCause = (line: string): boolean => /^\s*Caused by: /.test(line)

function isForeign(frame: string): boolean {
  return /\bnode:|[\\/]node_modules[\\/]/.test(frame) || frame.includes(ownCode)
}

function relative(line: string, cwd: string): string {
  const folder = cwd.endsWith('/') ? cwd : `${cwd}/`
  return line.replaceAll('file://', '').replaceAll(folder, '')
}
