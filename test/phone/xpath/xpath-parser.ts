import { tokenize } from './tokenize.js'

export class XPathError extends Error {}

export type Axis =
  | 'child'
  | 'descendant'
  | 'descendant-or-self'
  | 'parent'
  | 'ancestor'
  | 'ancestor-or-self'
  | 'self'
  | 'following-sibling'
  | 'preceding-sibling'
  | 'following'
  | 'preceding'
  | 'attribute'

export interface Step {
  axis: Axis
  /** `*` or `node()` for all. */
  name: string
  predicates: Expression[]
}

export type Expression =
  | { kind: 'path'; start: 'root' | 'context' | Expression; steps: Step[] }
  | { kind: 'filter'; of: Expression; predicates: Expression[] }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'negate'; of: Expression }
  | { kind: 'call'; name: string; parameters: Expression[] }
  | { kind: 'literal'; value: string | number }

const axes = new Set<string>([
  'child',
  'descendant',
  'descendant-or-self',
  'parent',
  'ancestor',
  'ancestor-or-self',
  'self',
  'following-sibling',
  'preceding-sibling',
  'following',
  'preceding',
  'attribute',
])

const tokenPattern =
  /\s*(?:("[^"]*"|'[^']*')|(\d+(?:\.\d+)?|\.\d+)|(\/\/|::|\.\.|!=|<=|>=|[/@.()[\],|+*=<>$-])|([A-Za-z_#][\w.#$-]*))/y
/** From the lowest to the highest precedence. */
const precedence = [['or'], ['and'], ['=', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', 'div', 'mod'], ['|']]

/** Parses an XPath 1.0 expression, without namespaces and variables. */
export function parseXPath(text: string): Expression {
  const errorAt = (at: number) =>
    new XPathError(`'${text}' is not a valid XPath: unexpected '${text.slice(at).trim()}'`)
  const parser = new Parser(tokenize(text, tokenPattern, errorAt), text)
  return parser.whole()
}

class Parser {
  #at = 0

  constructor(
    readonly tokens: readonly string[],
    readonly text: string,
  ) {}

  whole(): Expression {
    const expression = this.#binary(0)
    if (this.#peek() !== undefined) this.#fail()
    return expression
  }

  #binary(level: number): Expression {
    const operators = precedence[level]
    if (!operators) return this.#unary()
    let left = this.#binary(level + 1)
    while (operators.includes(this.#peek() ?? '')) {
      const operator = this.#next()
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) }
    }
    return left
  }

  #unary(): Expression {
    if (this.#take('-')) return { kind: 'negate', of: this.#unary() }
    return this.#path()
  }

  #path(): Expression {
    const token = this.#peek()
    if (token === '/' || token === '//') {
      const steps: Step[] = []
      if (token === '/') {
        this.#next()
        if (!this.#startsStep()) return { kind: 'path', start: 'root', steps }
        steps.push(this.#step())
      }
      return { kind: 'path', start: 'root', steps: [...steps, ...this.#moreSteps()] }
    }
    if (this.#startsPrimary()) {
      const of = this.#primary()
      const predicates = this.#predicates()
      const filtered: Expression = predicates.length === 0 ? of : { kind: 'filter', of, predicates }
      const steps = this.#moreSteps()
      return steps.length === 0 ? filtered : { kind: 'path', start: filtered, steps }
    }
    return { kind: 'path', start: 'context', steps: [this.#step(), ...this.#moreSteps()] }
  }

  #moreSteps(): Step[] {
    const steps: Step[] = []
    for (;;) {
      if (this.#take('//')) steps.push({ axis: 'descendant-or-self', name: '*', predicates: [] })
      else if (!this.#take('/')) return steps
      steps.push(this.#step())
    }
  }

  #step(): Step {
    if (this.#take('..')) return { axis: 'parent', name: '*', predicates: this.#predicates() }
    if (this.#take('.')) return { axis: 'self', name: '*', predicates: this.#predicates() }
    let axis: Axis = 'child'
    if (this.#take('@')) axis = 'attribute'
    else if (this.tokens[this.#at + 1] === '::') {
      const name = this.#next()
      if (!axes.has(name)) this.#fail()
      axis = name as Axis
      this.#next()
    }
    const name = this.#next()
    if (name !== '*' && !/^[A-Za-z_#]/.test(name)) this.#fail()
    if (this.#peek() === '(') {
      this.#next()
      if (!this.#take(')')) this.#fail()
      return { axis, name: name === 'node' ? '*' : `${name}()`, predicates: this.#predicates() }
    }
    return { axis, name, predicates: this.#predicates() }
  }

  #predicates(): Expression[] {
    const predicates: Expression[] = []
    while (this.#take('[')) {
      predicates.push(this.#binary(0))
      if (!this.#take(']')) this.#fail()
    }
    return predicates
  }

  #startsStep(): boolean {
    const token = this.#peek()
    return token !== undefined && /^(?:[A-Za-z_#*@]|\.)/.test(token)
  }

  #startsPrimary(): boolean {
    const token = this.#peek() ?? ''
    if (token === '(' || /^["'\d]/.test(token)) return true
    const isCall = /^[A-Za-z]/.test(token) && this.tokens[this.#at + 1] === '('
    return isCall && !['node', 'text', 'comment'].includes(token)
  }

  #primary(): Expression {
    const token = this.#next()
    if (token === '(') {
      const inner = this.#binary(0)
      if (!this.#take(')')) this.#fail()
      return inner
    }
    if (/^["']/.test(token)) return { kind: 'literal', value: token.slice(1, -1) }
    if (/^[\d.]/.test(token)) return { kind: 'literal', value: Number(token) }
    const parameters: Expression[] = []
    this.#next()
    while (!this.#take(')')) {
      parameters.push(this.#binary(0))
      if (this.#peek() !== ')' && !this.#take(',')) this.#fail()
    }
    return { kind: 'call', name: token, parameters }
  }

  #peek(): string | undefined {
    return this.tokens[this.#at]
  }

  #next(): string {
    const token = this.tokens[this.#at++]
    return token ?? this.#fail()
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false
    this.#at++
    return true
  }

  #fail(): never {
    throw new XPathError(`'${this.text}' is not a valid XPath: unexpected '${this.#peek() ?? 'end'}'`)
  }
}
