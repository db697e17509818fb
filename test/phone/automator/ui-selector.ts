export class UiSelectorError extends Error {}

/** `new UiSelector().text("a").instance(1).childSelector(…)` as data. */
export interface UiSelector {
  conditions: { name: string; value: string | number | boolean }[]
  instance: number | undefined
  child: UiSelector | undefined
  fromParent: UiSelector | undefined
}

export type UiExpression =
  { kind: 'selector'; selector: UiSelector } | { kind: 'scroll'; container: UiSelector; target: UiSelector }

/** Parses the argument of `-android uiautomator`: expressions of UiSelector or UiScrollable, each ended by `;`. */
export function parseUiSelectors(text: string): UiExpression[] {
  const reader = new Reader(text)
  const expressions: UiExpression[] = []
  while (!reader.isOver) {
    expressions.push(reader.expression())
    reader.take(';')
  }
  if (expressions.length === 0) throw new UiSelectorError('an empty UiSelector')
  return expressions
}

const tokenPattern = /\s*("(?:[^"\\]|\\.)*"|[A-Za-z]\w*|\d+|[().,;-])/y

class Reader {
  readonly #tokens: string[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    tokenPattern.lastIndex = 0
    while (tokenPattern.lastIndex < text.trimEnd().length) {
      const match = tokenPattern.exec(text)
      if (!match) this.#fail()
      this.#tokens.push(match[1] ?? '')
    }
  }

  get isOver(): boolean {
    return this.#at >= this.#tokens.length
  }

  take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false
    this.#at++
    return true
  }

  expression(): UiExpression {
    if (this.#tokens[this.#at + (this.#tokens[this.#at] === 'new' ? 1 : 0)] !== 'UiScrollable') {
      return { kind: 'selector', selector: this.selector() }
    }
    this.take('new')
    this.#expect('UiScrollable')
    this.#expect('(')
    const container = this.selector()
    this.#expect(')')
    let target: UiSelector | undefined
    while (this.take('.')) target = this.#scrollCall() ?? target
    if (!target) throw new UiSelectorError(`'${this.#text}' scrolls to nothing`)
    return { kind: 'scroll', container, target }
  }

  selector(): UiSelector {
    this.take('new')
    this.#expect('UiSelector')
    this.#expect('(')
    this.#expect(')')
    const selector: UiSelector = { conditions: [], instance: undefined, child: undefined, fromParent: undefined }
    while (this.take('.')) this.#condition(selector)
    return selector
  }

  #condition(selector: UiSelector): void {
    const name = this.#next()
    this.#expect('(')
    if (name === 'childSelector') selector.child = this.selector()
    else if (name === 'fromParent') selector.fromParent = this.selector()
    else if (name === 'instance') selector.instance = Number(this.#value())
    else selector.conditions.push({ name, value: this.#tokens[this.#at] === ')' ? true : this.#value() })
    this.#expect(')')
  }

  /** Calls that only configure the scrolling are ignored. */
  #scrollCall(): UiSelector | undefined {
    const name = this.#next()
    this.#expect('(')
    let target: UiSelector | undefined
    if (name === 'scrollIntoView') target = this.selector()
    else if (name === 'getChildByText' || name === 'getChildByDescription') {
      target = this.selector()
      this.#expect(',')
      target.conditions.push({ name: name === 'getChildByText' ? 'text' : 'description', value: this.#value() })
    } else if (name === 'scrollTextIntoView' || name === 'scrollDescriptionIntoView') {
      const by = name === 'scrollTextIntoView' ? 'text' : 'description'
      target = {
        conditions: [{ name: by, value: this.#value() }],
        instance: undefined,
        child: undefined,
        fromParent: undefined,
      }
    } else while (this.#tokens[this.#at] !== ')') this.#next()
    this.#expect(')')
    return target
  }

  #value(): string | number | boolean {
    const token = this.#next()
    if (token.startsWith('"')) return token.slice(1, -1).replace(/\\(.)/g, '$1')
    if (token === 'true' || token === 'false') return token === 'true'
    return /^\d/.test(token) ? Number(token) : token
  }

  #expect(token: string): void {
    if (!this.take(token)) this.#fail()
  }

  #next(): string {
    const token = this.#tokens[this.#at++]
    return token ?? this.#fail()
  }

  #fail(): never {
    throw new UiSelectorError(`Could not parse UiSelector argument: '${this.#text}'`)
  }
}
