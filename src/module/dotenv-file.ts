import { basename } from 'node:path'

/** Whether a file is one in which projects keep secrets: `.env`, `.env.local`, … */
export function isDotenvFile(file: string): boolean {
  return /^\.env(\..+)?$/i.test(basename(file))
}

/** The values of a `.env` file: what is to be masked if the file is sent with a module. Pure. */
export function dotenvValues(text: string): string[] {
  const lines = text.matchAll(
    /^[ \t]*(?:export[ \t]+)?[\w.-]+[ \t]*[=:][ \t]*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^#\r\n]*))/gm,
  )
  return [...lines].flatMap(([, ...values]) => values.find(value => value !== undefined)?.trim() || [])
}
