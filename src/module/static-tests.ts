import type { AnyNode, CallExpression } from 'acorn'
import { isHelperCall, type SyntaxTree } from './syntax-tree.js'
import { flatIfKnown, join, StaticValues } from './static-values.js'

const testFunctions = ['it', 'specify', 'test', 'xit', 'xspecify']
const suiteFunctions = ['describe', 'context', 'suite', 'xdescribe', 'xcontext']
/** With these, a module can register tests that its code doesn't show. */
const hiddenAccess = ['globalThis', 'global', 'eval', 'Function', 'require', 'run']

/**
 * Finds the full titles of the tests of a module without running it.
 * @returns every title that a test could have; undefined if the code doesn't show all
 */
export function staticTestTitles(tree: SyntaxTree): string[] | undefined {
  if (mayHideTests(tree)) return undefined
  const calls = callsOf(tree, testFunctions)
  if (!calls || !callsOf(tree, suiteFunctions)) return undefined
  const values = new StaticValues(tree)
  return flatIfKnown(calls.map(call => fullTitles(tree, values, call)))
}

function mayHideTests(tree: SyntaxTree): boolean {
  const imported = tree.program.body.flatMap(node => ('source' in node && node.source ? [node.source.value] : []))
  return (
    imported.includes('mocha') ||
    tree.importExpressions.length > 0 ||
    hiddenAccess.some(name => tree.globals(name).length > 0)
  )
}

/** Returns the calls of some of mocha's functions, also of `it.only`; undefined if one of them is used in another way. */
function callsOf(tree: SyntaxTree, names: readonly string[]): CallExpression[] | undefined {
  const calls: CallExpression[] = []
  for (const use of names.flatMap(name => tree.globals(name))) {
    const parent = tree.parentOf(use)
    const isVariant = parent?.type === 'MemberExpression' && parent.object === use && !parent.computed
    if (isVariant && !/^\.(?:only|skip)$/.test(tree.code.slice(use.end, parent.end))) return undefined
    const callee = isVariant ? parent : use
    const call = tree.parentOf(callee)
    if (call?.type !== 'CallExpression' || call.callee !== callee) return undefined
    calls.push(call)
  }
  return calls
}

/** The titles of the suites around a call and its own, joined by spaces. */
function fullTitles(tree: SyntaxTree, values: StaticValues, call: CallExpression): string[] | undefined {
  const [title] = call.arguments
  let titles = title && values.strings(title)
  for (let inner: AnyNode = call; titles;) {
    const around = tree.functionAround(inner)
    if (!around || isFile(tree, around)) return titles
    const suite = tree.parentOf(around)
    const name = suite?.type === 'CallExpression' ? calleeName(suite) : undefined
    if (suite?.type !== 'CallExpression' || name === undefined) return undefined
    inner = suite
    // A loop: `['alice', 'bob'].forEach(name => it(name))`
    if (name === 'forEach') continue
    const [outer] = suite.arguments
    titles =
      suiteFunctions.includes(name) && outer
        ? join(
            values.strings(outer)?.map(text => `${text} `),
            titles,
          )
        : undefined
  }
  return undefined
}

/**
 * Whether a function is a whole file, as the bundler writes it: `var require_a = __commonJS({ 'a.ts'() { … } })`. It must be
 * called outside of all functions: in the callback of a suite, its tests would belong to that.
 */
function isFile(tree: SyntaxTree, node: AnyNode, seen: readonly AnyNode[] = []): boolean {
  // Files may require each other.
  if (seen.includes(node)) return true
  const property = tree.parentOf(node)
  const object = property && tree.parentOf(property)
  const call = object && tree.parentOf(object)
  if (!call || !['__commonJS', '__esm'].some(helper => isHelperCall(call, helper))) return false
  const declarator = tree.parentOf(call)
  const variable = declarator?.type === 'VariableDeclarator' ? tree.variableOf(declarator.id) : undefined
  if (!variable) return false
  return tree.readsOf(variable).every(read => {
    const around = tree.functionAround(read)
    return !around || isFile(tree, around, [...seen, node])
  })
}

/** Returns `describe` for `describe(…)` and `describe.only(…)`, and `forEach` for `list.forEach(…)`. */
function calleeName({ callee }: CallExpression): string | undefined {
  if (callee.type === 'Identifier') return callee.name
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier' || callee.computed) return undefined
  if (callee.property.name === 'forEach') return 'forEach'
  return callee.object.type === 'Identifier' ? callee.object.name : undefined
}
