import { inspect } from 'node:util'
import { messageKinds, messageMatchSchema, type MessageKind, type MessageMatch } from './network-message.js'

/**
 * Selects messages. As text: `POST /like`, `/api/*`, `response POST /like`, `sent like` (a WebSocket message whose JSON has
 * that `type`), `received`, `event price`, `open /chat`, `close`, `connect`. Without a kind, it means requests.
 */
export type MessagePattern = string | MessageMatch

const httpKinds = new Set<MessageKind>(['request', 'response'])
const typedKinds = new Set<MessageKind>(['sent', 'received', 'event'])

/** @returns what is wrong with the pattern, as `problem` */
export function parsePattern(pattern: unknown): { match: MessageMatch } | { problem: string } {
  if (typeof pattern === 'object' && pattern !== null) {
    const parsed = messageMatchSchema.safeParse(pattern)
    const unknown = Object.keys(pattern).filter(key => !['kind', 'method', 'path', 'type', 'text'].includes(key))
    if (!parsed.success || unknown.length > 0) {
      return { problem: `expected kind, method, path, type or text, found ${inspect(pattern)}` }
    }
    const { method } = parsed.data
    return { match: { ...parsed.data, ...(method !== undefined && { method: method.toUpperCase() }) } }
  }
  const words = typeof pattern === 'string' ? pattern.trim().split(/\s+/).filter(Boolean) : []
  const [first] = words
  if (first === undefined) return { problem: `expected a message such as 'POST /like', found ${inspect(pattern)}` }
  const named = messageKinds.find(kind => kind === first)
  return parseWords(named ?? 'request', named ? words.slice(1) : words, String(pattern))
}

function parseWords(kind: MessageKind, words: readonly string[], pattern: string) {
  const match: MessageMatch = { kind }
  for (const word of words) {
    if (/^[/*]/.test(word) && match.path === undefined && (word !== '*' || !typedKinds.has(kind))) match.path = word
    else if (httpKinds.has(kind) && /^[A-Z]+$/.test(word) && match.method === undefined) match.method = word
    else if (typedKinds.has(kind) && match.type === undefined) match.type = word
    else return { problem: `expected ${expectedAfter(kind)}, found '${word}' in '${pattern}'` }
  }
  return { match }
}

function expectedAfter(kind: MessageKind): string {
  if (typedKinds.has(kind)) return `the type or path of a message after '${kind}'`
  if (!httpKinds.has(kind)) return `a path after '${kind}'`
  return `a kind (${messageKinds.join(', ')}), a method in capitals, or a path that begins with '/'`
}
