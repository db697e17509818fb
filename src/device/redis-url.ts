import { urlFault } from './url-fault.js'

/** @returns what was expected instead, or undefined where the text names a Redis */
export function redisUrlFault(text: string): string | undefined {
  return urlFault(text, ['redis:', 'rediss:', 'unix:'], 'redis://127.0.0.1:6379')
}
