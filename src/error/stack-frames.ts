import { fileURLToPath } from 'node:url'
import type { SourceLocation } from './baton-error.js'

/** Baton's own compiled code: its frames say nothing about the user's module. */
const ownCode = fileURLToPath(new URL('../', import.meta.url))

/** `at name (file:1:2)`, or `at file:1:2`. */
const location = /^\s*at (?:.*? \((.+):(\d+):(\d+)\)|(?:async )?(.+):(\d+):(\d+))$/

/** The place inside `eval at name (file:1:2), <anonymous>` */
const evalOrigin = /\(([^()]+):(\d+):(\d+)\)/

/** Whether a line of a stack is a frame; others belong to the message, or introduce a cause. */
export function isFrame(line: string): boolean {
  return /^\s+at /.test(line)
}

/** Returns where a frame points to; undefined for frames of the language itself, such as `at Array.map (<anonymous>)`. */
export function frameLocation(frame: string): SourceLocation | undefined {
  const found = location.exec(frame)
  if (!found) return undefined
  const [, file = found[4] ?? '', line = found[5], column = found[6]] = found
  const origin = file.endsWith('<anonymous>') ? evalOrigin.exec(file) : undefined
  if (origin) return { file: plainPath(origin[1] ?? ''), line: Number(origin[2]), column: Number(origin[3]) }
  return file === '<anonymous>' ? undefined : { file: plainPath(file), line: Number(line), column: Number(column) }
}

/** Whether a frame is in the user's own code: not in a package, Node or Baton. */
export function isUserFrame(line: string): boolean {
  if (!isFrame(line)) return false
  const place = frameLocation(line)
  return place !== undefined && isUserFile(place.file)
}

export function isUserFile(file: string): boolean {
  return !/^node:|^data:|(?:^|[\\/])node_modules[\\/]/.test(file) && !file.startsWith(ownCode)
}

/** Returns the user's innermost place in a stack. */
export function firstUserPlace(stack: string): SourceLocation | undefined {
  const frame = stack.split('\n').find(isUserFrame)
  return frame === undefined ? undefined : frameLocation(frame)
}

function plainPath(file: string): string {
  if (!file.startsWith('file://')) return file
  try {
    return fileURLToPath(file)
  } catch {
    return file
  }
}
