import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { errorMessage } from '../error/error-text.js'
import { BatonError } from '../error/baton-error.js'
import { callerPlace } from './caller-place.js'
import { currentModule, type ModuleContext } from './module-context.js'

const maxNameLength = 100

/**
 * Adds a file to the report of the attempt, whether it passes or fails.
 *
 * @param name - the file's name, e.g. `cart.json`; a number is added if the attempt has a file of that name already
 * @param data - text or bytes are stored as they are, anything else as JSON; at most 64 MB
 * @throws BatonError BATON_ATTACHMENT if the name is not a plain file name, or the data can't be written as JSON;
 *   BATON_NO_TEST outside a module
 */
export async function attach(name: string, data: string | Uint8Array | object): Promise<void> {
  const context = currentModule()
  if (!context?.attachments) {
    throw new BatonError('BATON_NO_TEST', 'attach was called outside a module that Baton runs', {
      hint: "run the file with 'baton run'",
    })
  }
  const problem = nameProblem(name)
  if (problem !== undefined) throw attachmentError(context, `attach(${JSON.stringify(name)}, …): ${problem}`)
  const content = contentOf(name, data, context)
  mkdirSync(context.attachments, { recursive: true })
  writeFileSync(unusedPath(context.attachments, name), content, { flag: 'wx' })
}

function nameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string') return `expected a file name, found ${typeof name}.`
  if (name === '' || name.length > maxNameLength) return `expected a file name of 1 to ${maxNameLength} characters.`
  if (/[/\\\p{Cc}]/u.test(name)) return 'expected a file name without folders and control characters.'
  return name.startsWith('.') ? 'expected a file name that does not begin with a dot.' : undefined
}

function contentOf(name: string, data: unknown, context: ModuleContext): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data
  let json: string | undefined
  try {
    json = JSON.stringify(data, undefined, 2)
  } catch (error) {
    throw attachmentError(context, `attach('${name}', …): the data can't be written as JSON: ${errorMessage(error)}`)
  }
  if (json !== undefined) return `${json}\n`
  throw attachmentError(context, `attach('${name}', …): expected text, bytes or an object, found ${typeof data}.`)
}

function attachmentError(context: ModuleContext, message: string): BatonError {
  const place = callerPlace(context)
  return new BatonError('BATON_ATTACHMENT', message, {
    ...(place && { place }),
    hint: "e.g. await attach('cart.json', { items: 3 })",
  })
}

/** `log.txt`, then `log-2.txt`, … */
function unusedPath(folder: string, name: string): string {
  const { name: base, ext } = path.parse(name)
  for (let count = 1; ; count++) {
    const file = path.join(folder, count === 1 ? name : `${base}-${count}${ext}`)
    if (!existsSync(file)) return file
  }
}
