import type { AnyNode, BinaryExpression, Identifier, MemberExpression, PrivateIdentifier, TemplateLiteral } from 'acorn'
import { bindingOf, type Binding, type BindingStep } from './binding.js'
import { classNamed, enclosingThis, memberName } from './class-members.js'
import { fieldValues } from './field-values.js'
import { callsOf } from './function-calls.js'
import { returnedBy } from './returned-values.js'
import { flatIfKnown, join, type StaticValues } from './static-values.js'
import { isMutated } from './variable-uses.js'
import { staticName, type FunctionNode, type SyntaxTree } from './syntax-tree.js'

/** A value without code of its own (`Object.keys`), or a pair that an iterator makes. */
type Value = AnyNode | string | Value[]

/** A string, and the code that it is written in. */
export interface NamedString {
  text: string
  node: AnyNode
}

/** Beyond so many steps an expression counts as computed. */
const maxSteps = 5_000

/**
 * Finds which strings an expression can have, through parameters, loops, fields and getters, from all places that call,
 * construct or assign. Any of them that is unknown makes the result unknown.
 */
export class CallSiteValues {
  readonly #open = new Set<AnyNode>()
  readonly #texts = new Set<AnyNode>()
  #steps = 0
  /** Whether the value is a parameter of a function that nobody calls. */
  #isDead = false
  /** Whether a part of a text is being evaluated: a circular part has no known length. */
  #joining = 0

  constructor(
    readonly tree: SyntaxTree,
    readonly values: StaticValues,
  ) {}

  /** Returns undefined if they are only known at run time. */
  strings(node: AnyNode): NamedString[] | undefined {
    this.#steps = 0
    this.#isDead = false
    const found = this.#strings(node)
    return found?.length === 0 && !this.#isDead ? undefined : found
  }

  #strings(node: AnyNode): NamedString[] | undefined {
    return flatIfKnown(this.#valuesOf(node)?.map(value => this.#stringsOf(value, node)))
  }

  #stringsOf(value: Value, from: AnyNode): NamedString[] | undefined {
    if (typeof value === 'string') return [{ text: value, node: from }]
    if (Array.isArray(value)) return undefined
    if (isNothing(value)) return []
    if (value.type === 'Literal')
      return typeof value.value === 'string' ? [{ text: value.value, node: value }] : undefined
    if (value.type !== 'TemplateLiteral' && value.type !== 'BinaryExpression') return undefined
    // A text that is a part of itself has no end.
    if (this.#texts.has(value)) return undefined
    this.#texts.add(value)
    const parts = this.#partsOf(value)
    this.#texts.delete(value)
    return parts?.reduce(join, [''])?.map(text => ({ text, node: value }))
  }

  #partsOf(value: TemplateLiteral | BinaryExpression): (string[] | undefined)[] | undefined {
    if (value.type === 'BinaryExpression')
      return value.operator === '+' ? [this.#part(value.left), this.#part(value.right)] : undefined
    return value.quasis.flatMap((quasi, index) => {
      const expression = value.expressions[index]
      return [[quasi.value.cooked ?? ''], ...(expression ? [this.#part(expression)] : [])]
    })
  }

  #part(node: AnyNode | PrivateIdentifier): string[] | undefined {
    if (node.type === 'PrivateIdentifier') return undefined
    this.#joining += 1
    const strings = this.#strings(node)?.map(({ text }) => text)
    this.#joining -= 1
    return strings
  }

  /** The expressions that a node can stand for. */
  #valuesOf(node: AnyNode): Value[] | undefined {
    if (++this.#steps > maxSteps) return undefined
    const value = this.values.resolve(node)
    // What leads back here adds nothing, unless it grows each time.
    if (this.#open.has(value)) return this.#joining > 0 ? undefined : []
    this.#open.add(value)
    try {
      return this.#follow(value)
    } finally {
      this.#open.delete(value)
    }
  }

  #follow(value: AnyNode): Value[] | undefined {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the other kinds of node, some eighty, stand for themselves
    switch (value.type) {
      case 'Identifier':
        return value.name === 'undefined' ? [] : this.#variable(value)
      case 'MemberExpression':
        return this.#member(value)
      case 'ConditionalExpression':
        return flatIfKnown([this.#valuesOf(value.consequent), this.#valuesOf(value.alternate)])
      case 'LogicalExpression':
        return value.operator === '&&'
          ? this.#valuesOf(value.right)
          : flatIfKnown([this.#valuesOf(value.left), this.#valuesOf(value.right)])
      case 'AwaitExpression':
        return this.#valuesOf(value.argument)
      case 'AssignmentExpression':
        return value.operator === '=' ? this.#valuesOf(value.right) : undefined
      case 'CallExpression':
        return this.#result(value)
      default:
        return [value]
    }
  }

  #variable(name: Identifier): Value[] | undefined {
    const binding = bindingOf(this.tree, name)
    if (!binding || isMutated(this.tree, name)) return undefined
    const { root, steps, assigned } = binding
    const initial = this.#rootValues(root)
    const stepped = steps.reduce<Value[] | undefined>(
      (values, step) => flatIfKnown(values?.map(value => this.#step(value, step))),
      initial,
    )
    return flatIfKnown([stepped, ...assigned.map(each => this.#valuesOf(each))])
  }

  #rootValues(root: Binding['root']): Value[] | undefined {
    if (root.kind === 'value') return this.#valuesOf(root.node)
    if (root.kind === 'nothing') return []
    if (root.kind === 'element') return this.#elements(root.list)
    if (root.kind === 'key') return flatIfKnown(this.#valuesOf(root.object)?.map(object => this.#keys(object)))
    return this.#parameter(root.fn, root.index, root.defaultValue)
  }

  #parameter(fn: FunctionNode, index: number, defaultValue: AnyNode | undefined): Value[] | undefined {
    const calls = callsOf(this.tree, fn)
    if (calls?.length === 0) this.#isDead = true
    return flatIfKnown(
      calls?.map(call => {
        if ('iterated' in call) return index === 0 ? this.#elements(call.iterated) : undefined
        if (call.arguments.slice(0, index + 1).some(({ type }) => type === 'SpreadElement')) return undefined
        const argument = call.arguments[index]
        if (argument && !isNothing(argument)) return this.#valuesOf(argument)
        return defaultValue ? this.#valuesOf(defaultValue) : []
      }),
    )
  }

  /** One step into a destructured value. */
  #step(value: Value, { key, index, defaultValue }: BindingStep): Value[] | undefined {
    const found = key === undefined ? this.#elementAt(value, index ?? 0) : this.#property(value, key)
    return found?.length === 0 && defaultValue ? this.#valuesOf(defaultValue) : found
  }

  #elementAt(value: Value, index: number): Value[] | undefined {
    if (Array.isArray(value)) return value.slice(index, index + 1)
    if (typeof value === 'string' || value.type !== 'ArrayExpression') return undefined
    const element = this.values.elements(value)?.[index]
    return element && this.#valuesOf(element)
  }

  #property(value: Value, key: string): Value[] | undefined {
    if (typeof value === 'string' || Array.isArray(value)) return undefined
    if (value.type === 'ObjectExpression') {
      const entries = this.values.entries(value)
      const entry = entries?.findLast(each => each.key === key)
      return entry ? this.#valuesOf(entry.value) : entries && []
    }
    const owner =
      value.type === 'NewExpression'
        ? classNamed(this.tree, value.callee)
        : value.type === 'ThisExpression'
          ? enclosingThis(this.tree, value)
          : undefined
    if (owner?.type === 'ObjectExpression') return this.#property(owner, key)
    const found = owner && fieldValues(this.tree, owner, key)
    return flatIfKnown(found?.map(each => this.#valuesOf(each)))
  }

  #member(member: MemberExpression): Value[] | undefined {
    const { object } = member
    const name = memberName(member)
    if (member.computed && (name === undefined || /^\d+$/.test(name))) return this.#elements(object)
    if (name === undefined) return undefined
    const objects = object.type === 'ThisExpression' ? [object] : this.#valuesOf(object)
    return flatIfKnown(objects?.map(each => this.#property(each, name)))
  }

  #result(call: AnyNode & { type: 'CallExpression' }): Value[] | undefined {
    const { callee } = call
    if (
      callee.type === 'MemberExpression' &&
      ['at', 'find'].includes(staticName(callee.property, callee.computed) ?? '')
    )
      return this.#elements(callee.object)
    return flatIfKnown(returnedBy(this.tree, this.values.resolve(callee))?.map(each => this.#valuesOf(each)))
  }

  /** What a loop over a value takes. */
  #elements(list: AnyNode): Value[] | undefined {
    return (
      flatIfKnown(this.#valuesOf(list)?.map(value => this.#elementsOf(value))) ??
      this.#elementsOfCall(this.values.resolve(list))
    )
  }

  #elementsOf(value: Value): Value[] | undefined {
    if (Array.isArray(value)) return value
    if (typeof value === 'string' || value.type !== 'ArrayExpression') return undefined
    return flatIfKnown(this.values.elements(value)?.map(element => this.#valuesOf(element)))
  }

  /** `Object.keys(…)`, and methods of lists that return some of their elements. */
  #elementsOfCall(call: AnyNode): Value[] | undefined {
    if (call.type !== 'CallExpression' || call.callee.type !== 'MemberExpression') return undefined
    const { object } = call.callee
    const method = staticName(call.callee.property, call.callee.computed) ?? ''
    const [argument] = call.arguments
    if (this.tree.text(object) === 'Object' && argument) {
      const objects = this.#valuesOf(argument)
      if (method === 'keys') return flatIfKnown(objects?.map(each => this.#keys(each)))
      if (method === 'entries') return flatIfKnown(objects?.map(each => this.#pairs(each)))
      if (method === 'values')
        return flatIfKnown(objects?.map(each => this.#pairs(each)?.flatMap(pair => pair[1] ?? [])))
      return undefined
    }
    if (method === 'entries') return this.#elements(object)?.map(element => ['', element])
    return ['filter', 'slice', 'toReversed', 'toSorted', 'values'].includes(method) ? this.#elements(object) : undefined
  }

  #keys(value: Value): string[] | undefined {
    if (typeof value === 'string' || Array.isArray(value) || value.type !== 'ObjectExpression') return undefined
    return this.values.entries(value)?.map(({ key }) => key)
  }

  #pairs(value: Value): Value[][] | undefined {
    if (typeof value === 'string' || Array.isArray(value) || value.type !== 'ObjectExpression') return undefined
    return this.values.entries(value)?.map(entry => [entry.key, entry.value])
  }
}

/** `undefined`, `null`, `void 0`: no name. */
function isNothing(node: AnyNode): boolean {
  if (node.type === 'Identifier') return node.name === 'undefined'
  if (node.type === 'UnaryExpression') return node.operator === 'void'
  return node.type === 'Literal' && node.value === null && node.raw === 'null'
}
