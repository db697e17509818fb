import { readJson } from './fingerprint.mjs'

/** @returns {Record<string, string> | undefined} what a stamp file says; undefined where it is absent or torn */
export function readStamp(path) {
  try {
    return readJson(path)
  } catch {
    return undefined
  }
}
