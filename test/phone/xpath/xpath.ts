import type { View } from '../screen/view.js'
import type { ViewNode } from './view-node.js'
import { callFunction, numberOf, stringOf, truthOf, type Value } from './xpath-values.js'
import { parseXPath, XPathError, type Axis, type Expression, type Step } from './xpath-parser.js'

/** A node and its position in the context. */
interface Context {
  node: ViewNode
  position: number
  count: number
}

/** Finds the views that an XPath 1.0 expression selects, in document order. */
export function evaluateXPath(text: string, document: ViewNode, from: ViewNode): View[] {
  const value = evaluate(parseXPath(text), { node: from, position: 1, count: 1 })
  if (!Array.isArray(value)) throw new XPathError(`'${text}' selects no elements`)
  const order = new Map([...all(document)].map((node, index) => [node, index]))
  return [...new Set(value)]
    .sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    .flatMap(({ view }) => (view ? [view] : []))
}

function evaluate(expression: Expression, context: Context): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value
    case 'negate':
      return -numberOf(evaluate(expression.of, context))
    case 'binary':
      return binary(expression, context)
    case 'call':
      if (expression.name === 'position') return context.position
      if (expression.name === 'last') return context.count
      return callFunction(
        expression.name,
        expression.parameters.map(parameter => evaluate(parameter, context)),
        context.node,
      )
    case 'filter': {
      const nodes = nodesOf(evaluate(expression.of, context))
      return expression.predicates.reduce(passing, nodes)
    }
    case 'path':
    default: {
      const { start } = expression
      let nodes: ViewNode[]
      if (start === 'root') nodes = [rootOf(context.node)]
      else nodes = start === 'context' ? [context.node] : nodesOf(evaluate(start, context))
      return expression.steps.reduce<ViewNode[]>(
        (found, step) => [...new Set(found.flatMap(node => walkStep(node, step)))],
        nodes,
      )
    }
  }
}

function binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>, context: Context): Value {
  const first = evaluate(left, context)
  if (operator === 'or') return truthOf(first) || truthOf(evaluate(right, context))
  if (operator === 'and') return truthOf(first) && truthOf(evaluate(right, context))
  const second = evaluate(right, context)
  switch (operator) {
    case '|':
      return [...nodesOf(first), ...nodesOf(second)]
    case '=':
      return equal(first, second, true)
    case '!=':
      return equal(first, second, false)
    case '<':
      return numberOf(first) < numberOf(second)
    case '<=':
      return numberOf(first) <= numberOf(second)
    case '>':
      return numberOf(first) > numberOf(second)
    case '>=':
      return numberOf(first) >= numberOf(second)
    case '+':
      return numberOf(first) + numberOf(second)
    case '-':
      return numberOf(first) - numberOf(second)
    case '*':
      return numberOf(first) * numberOf(second)
    case 'div':
      return numberOf(first) / numberOf(second)
    default:
      return numberOf(first) % numberOf(second)
  }
}

/** A node set is equal (or unequal) to a value if any of its nodes is. */
function equal(first: Value, second: Value, wanted: boolean): boolean {
  if (Array.isArray(first)) return first.some(node => equal(stringOf([node]), second, wanted))
  if (Array.isArray(second)) return second.some(node => equal(first, stringOf([node]), wanted))
  if (typeof first === 'boolean' || typeof second === 'boolean') return (truthOf(first) === truthOf(second)) === wanted
  if (typeof first === 'number' || typeof second === 'number') return (numberOf(first) === numberOf(second)) === wanted
  return (first === second) === wanted
}

function nodesOf(value: Value): ViewNode[] {
  if (!Array.isArray(value)) throw new XPathError('a part of the XPath that should select elements does not')
  return value
}

function walkStep(node: ViewNode, { axis, name, predicates }: Step): ViewNode[] {
  const found = onAxis(node, axis).filter(candidate => name === '*' || candidate.name === name)
  return predicates.reduce(passing, found)
}

function passing(nodes: ViewNode[], predicate: Expression): ViewNode[] {
  return nodes.filter((node, index) => {
    const value = evaluate(predicate, { node, position: index + 1, count: nodes.length })
    return typeof value === 'number' ? value === index + 1 : truthOf(value)
  })
}

/** The nodes of an axis, nearest first. */
function onAxis(node: ViewNode, axis: Axis): ViewNode[] {
  const siblings = node.parent?.children ?? []
  const at = siblings.indexOf(node)
  switch (axis) {
    case 'self':
      return [node]
    case 'child':
      return node.children
    case 'descendant':
      return [...all(node)].slice(1)
    case 'descendant-or-self':
      return [...all(node)]
    case 'parent':
      return node.parent ? [node.parent] : []
    case 'ancestor':
      return ancestors(node)
    case 'ancestor-or-self':
      return [node, ...ancestors(node)]
    case 'following-sibling':
      return siblings.slice(at + 1)
    case 'preceding-sibling':
      return at < 0 ? [] : siblings.slice(0, at).reverse()
    case 'following':
      return [node, ...ancestors(node)].flatMap(each =>
        onAxis(each, 'following-sibling').flatMap(next => [...all(next)]),
      )
    case 'preceding':
      return [node, ...ancestors(node)].flatMap(each =>
        onAxis(each, 'preceding-sibling').flatMap(next => [...all(next)].reverse()),
      )
    case 'attribute':
    default:
      return Object.entries(node.attributes).map(([name, value]) => ({
        name,
        attributes: { value },
        parent: node,
        children: [],
        view: undefined,
      }))
  }
}

function* all(node: ViewNode): Generator<ViewNode> {
  yield node
  for (const child of node.children) yield* all(child)
}

function ancestors(node: ViewNode): ViewNode[] {
  return node.parent ? [node.parent, ...ancestors(node.parent)] : []
}

function rootOf(node: ViewNode): ViewNode {
  return node.parent ? rootOf(node.parent) : node
}
