import assert from 'node:assert/strict'
import { BatonErrors } from '../../../src/error/baton-error.js'
import { parseFarmConfig, type FarmConfig } from '../../../src/device/farm-config.js'
import { drivers } from './drivers.js'

export function parse(text: string, env: Record<string, string> = {}): FarmConfig {
  return parseFarmConfig({ text, file: 'devices.json', drivers, env })
}

/** What a user reads for a file with errors, one text each. */
export function errorsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parse(text, env)
  } catch (error) {
    assert(error instanceof BatonErrors, String(error))
    return error.errors.map(problem => problem.format())
  }
  throw new assert.AssertionError({ message: 'expected errors, found none' })
}

/** A farm of one device, with more keys in its entry and at the top. */
export function farm(entry: string, top = ''): string {
  return `{ "devices": [{ "name": "alice", "driver": "browser"${entry && `, ${entry}`} }]${top && `, ${top}`} }`
}
