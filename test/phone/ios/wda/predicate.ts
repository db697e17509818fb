import { tokenize } from '../../xpath/tokenize.js'

/** What a predicate reads of an element; undefined if it has no such attribute. */
export type ReadAttribute = (name: string) => unknown
export type Predicate = (read: ReadAttribute) => boolean

export class PredicateError extends Error {}

const tokenPattern =
  /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?)|(&&|\|\||==|!=|<>|<=|>=|[=<>!(){},])|(\[[cdl]+\])|([A-Za-z_][\w.]*))/y

/**
 * The part of NSPredicate's language that tests use: comparisons of an attribute with a literal, `AND`, `OR`, `NOT`,
 * parentheses. https://developer.apple.com/library/archive/documentation/Cocoa/Conceptual/Predicates/
 * @throws PredicateError
 */
export function parsePredicate(text: string): Predicate {
  const errorAt = (at: number) => new PredicateError(`Unable to parse the format string "${text}" at ${at}`)
  const parser = new Parser(tokenize(text, tokenPattern, errorAt), text)
  return parser.whole()
}

type Compare = (found: unknown, wanted: unknown, fold: (text: string) => string) => boolean

const texts =
  (test: (found: string, wanted: string) => boolean): Compare =>
  (found, wanted, fold) =>
    found !== undefined && found !== null && test(fold(textOf(found)), fold(textOf(wanted)))

const comparisons: Readonly<Record<string, Compare>> = {
  '==': (found, wanted, fold) => isEqual(found, wanted, fold),
  '!=': (found, wanted, fold) => !isEqual(found, wanted, fold),
  '<': (found, wanted) => Number(found) < Number(wanted),
  '<=': (found, wanted) => Number(found) <= Number(wanted),
  '>': (found, wanted) => Number(found) > Number(wanted),
  '>=': (found, wanted) => Number(found) >= Number(wanted),
  BEGINSWITH: texts((found, wanted) => found.startsWith(wanted)),
  ENDSWITH: texts((found, wanted) => found.endsWith(wanted)),
  CONTAINS: texts((found, wanted) => found.includes(wanted)),
  LIKE: texts((found, wanted) => wildcards(wanted).test(found)),
  MATCHES: texts((found, wanted) => new RegExp(`^(?:${wanted})$`, 's').test(found)),
}
const aliases: Readonly<Record<string, string>> = { '=': '==', '<>': '!=' }

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

function isEqual(found: unknown, wanted: unknown, fold: (text: string) => string): boolean {
  if (wanted === null) return found === undefined || found === null
  if (typeof found === 'boolean') return found === Boolean(wanted)
  if (typeof wanted === 'number') return Number(found) === wanted
  return found !== undefined && found !== null && fold(textOf(found)) === fold(textOf(wanted))
}

function wildcards(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's')
}

class Parser {
  #at = 0

  constructor(
    private readonly tokens: readonly string[],
    private readonly text: string,
  ) {}

  whole(): Predicate {
    const predicate = this.#or()
    if (this.#at < this.tokens.length) this.#fail()
    return predicate
  }

  #or(): Predicate {
    const parts = [this.#and()]
    while (this.#accept('OR', '||')) parts.push(this.#and())
    return read => parts.some(part => part(read))
  }

  #and(): Predicate {
    const parts = [this.#not()]
    while (this.#accept('AND', '&&')) parts.push(this.#not())
    return read => parts.every(part => part(read))
  }

  #not(): Predicate {
    if (this.#accept('NOT', '!')) {
      const negated = this.#not()
      return read => !negated(read)
    }
    if (this.#accept('TRUEPREDICATE')) return () => true
    if (this.#accept('FALSEPREDICATE')) return () => false
    if (!this.#accept('(')) return this.#comparison()
    const inner = this.#or()
    if (!this.#accept(')')) this.#fail()
    return inner
  }

  #comparison(): Predicate {
    const name = this.#next()
    if (!/^[A-Za-z_]/.test(name)) this.#fail()
    const operator = this.#next().toUpperCase()
    const fold = this.#fold()
    if (operator === 'IN') {
      const wanted = this.#list()
      return read => wanted.some(each => isEqual(read(name), each, fold))
    }
    const compare = comparisons[aliases[operator] ?? operator]
    if (!compare) this.#fail()
    const wanted = this.#literal()
    return read => compare(read(name), wanted, fold)
  }

  /** `[c]` ignores case, `[d]` accents. */
  #fold(): (text: string) => string {
    const flags = this.tokens[this.#at]?.startsWith('[') === true ? this.#next() : ''
    return text => {
      const plain = flags.includes('d') ? text.normalize('NFD').replace(/\p{M}/gu, '') : text
      return flags.includes('c') ? plain.toLowerCase() : plain
    }
  }

  #list(): unknown[] {
    if (!this.#accept('{')) this.#fail()
    const found = [this.#literal()]
    while (this.#accept(',')) found.push(this.#literal())
    if (!this.#accept('}')) this.#fail()
    return found
  }

  #literal(): unknown {
    const token = this.#next()
    if (/^["']/.test(token)) return token.slice(1, -1).replace(/\\(.)/g, '$1')
    if (/^-?\d/.test(token)) return Number(token)
    if (/^(true|yes)$/i.test(token)) return true
    if (/^(false|no)$/i.test(token)) return false
    if (/^(nil|null)$/i.test(token)) return null
    return this.#fail()
  }

  #accept(...tokens: string[]): boolean {
    const isNext = tokens.includes(this.tokens[this.#at]?.toUpperCase() ?? '')
    if (isNext) this.#at += 1
    return isNext
  }

  #next(): string {
    const token = this.tokens[this.#at]
    if (token === undefined) this.#fail()
    this.#at += 1
    return token
  }

  #fail(): never {
    throw new PredicateError(`Unable to parse the format string "${this.text}"`)
  }
}
