import { readJson } from './fingerprint.mjs'

/** @returns {Record<string, string> | undefined} the content of a stamp file; undefined if it is missing or damaged */
export function readStamp(path) {
  try {
    return readJson(path)
  } catch {
    return undefined
  }
}
