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

/** What is wrong with the code, and where. */
export interface CodeFault {
  message: string
  node: AnyNode
}

/** Reads the object of `export const devices = { alice: ['platform=android'], carol: 'pixel-8' }`. */
export function readDevices(tree: SyntaxTree, exported: AnyNode): { roles: DeclaredRole[]; faults: CodeFault[] } {
  const values = new StaticValues(tree)
  const object = values.resolve(exported)
  const refuse = (message: string, node: AnyNode): ReturnType<typeof readDevices> => ({
    roles: [],
    faults: [{ message, node }],
  })
  if (object.type !== 'ObjectExpression') {
    const declared = tree.variableOf(object)?.identifiers[0] as AnyNode | undefined
    const found = declared ? 'what is put together or changed as it runs' : `\`${excerpt(tree, object)}\``
    return refuse(`expected an object literal, found ${found}`, declared ?? object)
  }
  const entries = values.entries(object)
  if (!entries) return refuse('its keys cannot be read: expected plain names', object)
  if (entries.length === 0) return refuse('it names no role', object)
  const roles: DeclaredRole[] = []
  const faults: CodeFault[] = []
  // As in JavaScript, a key that comes twice keeps its first place and its last value.
  for (const { key, keyNode, value } of new Map(entries.map(entry => [entry.key, entry])).values()) {
    const selector = readSelector(values, value)
    if ('fault' in selector)
      faults.push({ message: `role '${key}': ${selector.fault}`, node: onPage(tree, value, keyNode) })
    else roles.push({ role: key, selector: selector.selector, node: keyNode })
  }
  return { roles, faults }
}

function readSelector(values: StaticValues, value: AnyNode): { selector: Selector } | { fault: string } {
  const { tree } = values
  const names = values.strings(value)
  if (names) {
    const [name] = names
    if (names.length !== 1 || name === undefined) return { fault: 'the name of its device depends on a condition' }
    return labelPattern.test(name) ? { selector: selectorForName(name) } : { fault: `'${name}' is no name of a device` }
  }
  const elements = values.elements(value)
  if (!elements) {
    return { fault: `expected a list of labels or a device's name, found \`${excerpt(tree, value)}\`` }
  }
  const labels: string[] = []
  for (const element of elements) {
    const [label, ...others] = values.strings(element) ?? []
    if (label === undefined || others.length > 0) {
      return { fault: `expected a label in quotes, found \`${excerpt(tree, element)}\`` }
    }
    if (!labelPattern.test(label)) return { fault: `'${label}' is no label: a label is not empty and has no comma` }
    labels.push(label)
  }
  return { selector: selectorForLabels(labels) }
}

/** A value that has text of its own, else its key: shorthand properties have one position for both. */
function onPage(tree: SyntaxTree, value: AnyNode, key: AnyNode): AnyNode {
  return tree.text(value) === '' ? key : value
}

/** Code, short enough for a message. */
export function excerpt(tree: SyntaxTree, node: AnyNode): string {
  const text = tree.text(node).replaceAll(/\s+/g, ' ')
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
