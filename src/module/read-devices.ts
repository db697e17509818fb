import type { AnyNode } from 'acorn'
import { selectorForLabels, selectorForName, labelPattern, type Selector } from '../device/selector.js'
import { StaticValues } from './static-values.js'
import type { SyntaxTree } from './syntax-tree.js'

/** One role of `export const devices`. */
export interface DeclaredRole {
  role: string
  selector: Selector
  node: AnyNode
}

/** A mistake in the code. */
export interface CodeError {
  message: string
  node: AnyNode
}

/** Reads `export const devices = { alice: ['platform=android'], carol: 'pixel-8' }`, or names: `['alice', 'carol']`. */
export function readDevices(tree: SyntaxTree, exported: AnyNode): { roles: DeclaredRole[]; errors: CodeError[] } {
  const values = new StaticValues(tree)
  const object = values.resolve(exported)
  const refuse = (message: string, node: AnyNode): ReturnType<typeof readDevices> => ({
    roles: [],
    errors: [{ message, node }],
  })
  if (object.type === 'ArrayExpression') return readNames(values, object, refuse)
  if (object.type !== 'ObjectExpression') {
    const declared = tree.variableOf(object)?.identifiers[0] as AnyNode | undefined
    const found = declared ? 'a value that is computed or changed at run time' : `\`${excerpt(tree, object)}\``
    return refuse(`expected an object or a list of names, found ${found}`, declared ?? object)
  }
  const entries = values.entries(object)
  if (!entries) return refuse('its keys can only be plain names', object)
  if (entries.length === 0) return refuse('expected at least one role, found none', object)
  const roles: DeclaredRole[] = []
  const errors: CodeError[] = []
  // As in JavaScript, a duplicate key keeps its first position and its last value.
  for (const { key, keyNode, value } of new Map(entries.map(entry => [entry.key, entry])).values()) {
    const selector = readSelector(values, value)
    if ('problem' in selector)
      errors.push({ message: `role '${key}': ${selector.problem}`, node: nodeWithText(tree, value, keyNode) })
    else roles.push({ role: key, selector: selector.selector, node: keyNode })
  }
  return { roles, errors }
}

/** Each name is a role, for the device of that name. */
function readNames(
  values: StaticValues,
  list: AnyNode,
  refuse: (message: string, node: AnyNode) => ReturnType<typeof readDevices>,
): ReturnType<typeof readDevices> {
  const elements = values.elements(list)
  if (!elements) return refuse('its names are computed or changed at run time', list)
  if (elements.length === 0) return refuse('expected at least one role, found none', list)
  const roles: DeclaredRole[] = []
  for (const node of elements) {
    const [name, ...others] = values.strings(node) ?? []
    if (name === undefined || others.length > 0)
      return refuse(`expected a device's name in quotes, found \`${excerpt(values.tree, node)}\``, node)
    if (!labelPattern.test(name)) return refuse(`'${name}' is not a valid device name`, node)
    roles.push({ role: name, selector: selectorForName(name), node })
  }
  return { roles, errors: [] }
}

function readSelector(values: StaticValues, value: AnyNode): { selector: Selector } | { problem: string } {
  const { tree } = values
  const names = values.strings(value)
  if (names) {
    const [name] = names
    if (names.length !== 1 || name === undefined)
      return { problem: 'expected one device, found a name that depends on a condition' }
    return labelPattern.test(name)
      ? { selector: selectorForName(name) }
      : { problem: `'${name}' is not a valid device name` }
  }
  const elements = values.elements(value)
  if (!elements) {
    return { problem: `expected a list of labels or a device's name, found \`${excerpt(tree, value)}\`` }
  }
  const labels: string[] = []
  for (const element of elements) {
    const [label, ...others] = values.strings(element) ?? []
    if (label === undefined || others.length > 0) {
      return { problem: `expected a label in quotes, found \`${excerpt(tree, element)}\`` }
    }
    if (!labelPattern.test(label))
      return { problem: `'${label}' is not a valid label: a label is not empty and has no comma` }
    labels.push(label)
  }
  return { selector: selectorForLabels(labels) }
}

/** Returns the value, or the key if the value has no text: a shorthand property has one position for both. */
function nodeWithText(tree: SyntaxTree, value: AnyNode, key: AnyNode): AnyNode {
  return tree.text(value) === '' ? key : value
}

/** Returns code, shortened for a message. */
export function excerpt(tree: SyntaxTree, node: AnyNode): string {
  const text = tree.text(node).replaceAll(/\s+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
