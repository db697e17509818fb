import { isFrame, isUserFrame } from '../error/stack-frames.js'
import { plainText } from './plain-text.js'

/** Frames shown of each stack. */
const maxFrames = 10

/**
 * The user's own frames of a stack, with paths relative to `cwd`; all frames if none is the user's. Lines such as
 * `Caused by: …` stay.
 * @param stack - already mapped to the source; with or without the error's message before the frames
 */
export function formatStack(stack: string, cwd: string): string[] {
  const lines = plainText(stack).split('\n')
  // Baton's own errors may have a cause but no frames.
  const first = lines.findIndex(line => isFrame(line) || isHeading(line))
  if (first === -1) return []
  const all = lines.slice(first)
  const own = all.filter(line => !isFrame(line) || isUserFrame(line))
  const shown = own.some(isFrame) ? own : all
  return shown.slice(0, maxFrames).map(line => relative(line.trim(), cwd))
}

const isHeading = (line: string): boolean => /^\s*(?:Caused by|One of several errors): /.test(line)

function relative(line: string, cwd: string): string {
  const folder = cwd.endsWith('/') ? cwd : `${cwd}/`
  return line.replaceAll('file://', '').replaceAll(folder, '')
}
