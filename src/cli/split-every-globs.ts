import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { RunFlags } from './run-settings.js'

/**
 * In `--every test/*.ts` the glob names modules, but the parser takes it for the labels of `--every`.
 * @returns globs and flags as they were meant
 */
export function splitEveryGlobs(globs: readonly string[], flags: RunFlags, cwd: string): [string[], RunFlags] {
  const { every } = flags
  if (typeof every !== 'string' || !isModules(every, globs.length === 0, cwd)) return [[...globs], flags]
  return [[every, ...globs], { ...flags, every: true }]
}

/** @param alone - there is no other glob */
function isModules(text: string, alone: boolean, cwd: string): boolean {
  if (text.includes('*')) return true
  const place = path.resolve(cwd, text)
  return existsSync(place) && (alone || statSync(place).isFile())
}
