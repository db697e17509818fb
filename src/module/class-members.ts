import type { AnyNode, MemberExpression, MethodDefinition, PropertyDefinition } from 'acorn'
import type { Variable } from 'eslint-scope'
import { isClass, staticName, visitNodes, type ClassNode, type SyntaxTree } from './syntax-tree.js'

/** All classes of a bundle, and all uses of members by name; found once, and only if they are needed. */
interface Members {
  classes: ClassNode[]
  named: Map<Variable, ClassNode>
  /** Of those that were asked for. */
  families: Map<ClassNode, ReadonlySet<ClassNode>>
  uses: Map<string, MemberExpression[]>
}

const membersOf = new WeakMap<SyntaxTree, Members>()

function findMembers(tree: SyntaxTree): Members {
  const known = membersOf.get(tree)
  if (known) return known
  const found: Members = { classes: [], named: new Map(), families: new Map(), uses: new Map() }
  visitNodes(tree.program, node => {
    if (isClass(node)) found.classes.push(node)
    if (node.type !== 'MemberExpression') return
    const name = memberName(node)
    const uses = name === undefined ? undefined : found.uses.get(name)
    if (uses) uses.push(node)
    else if (name !== undefined) found.uses.set(name, [node])
  })
  for (const each of found.classes) {
    for (const variable of classVariables(tree, each)) {
      if (!found.named.has(variable)) found.named.set(variable, each)
    }
  }
  membersOf.set(tree, found)
  return found
}

/** `who` of `page.who` and `#who` of `this.#who`; undefined if it is computed. */
export function memberName({ property, computed }: MemberExpression): string | undefined {
  return definedName(property, computed)
}

/** The same for a member's definition in a class. */
export function definedName(key: AnyNode, computed: boolean): string | undefined {
  return key.type === 'PrivateIdentifier' ? `#${key.name}` : staticName(key, computed)
}

export function memberUses(tree: SyntaxTree, name: string): readonly MemberExpression[] {
  return findMembers(tree).uses.get(name) ?? []
}

/** The class that a method or field is defined in. */
export function classOfMember(tree: SyntaxTree, member: MethodDefinition | PropertyDefinition): ClassNode | undefined {
  const body = tree.parentOf(member)
  const owner = body && tree.parentOf(body)
  return owner && isClass(owner) ? owner : undefined
}

/** The names of a class, outside of it and inside. */
export function classVariables(tree: SyntaxTree, owner: ClassNode): Variable[] {
  const parent = tree.parentOf(owner)
  const names = [owner.id, parent?.type === 'VariableDeclarator' ? parent.id : undefined]
  const outer = names.flatMap(name => (name ? (tree.variableOf(name) ?? []) : []))
  // A declared class has a variable of its own inside.
  const inner = owner.id ? tree.variablesDeclaredBy(owner) : []
  return [...new Set([...outer, ...inner])]
}

/** The class that an expression names (`Page`) or is. */
export function classNamed(tree: SyntaxTree, name: AnyNode): ClassNode | undefined {
  if (name.type === 'ClassExpression') return name
  const variable = tree.variableOf(name)
  return variable && findMembers(tree).named.get(variable)
}

export function subclassesOf(tree: SyntaxTree, owner: ClassNode): ClassNode[] {
  return findMembers(tree).classes.filter(({ superClass }) => superClass && classNamed(tree, superClass) === owner)
}

/** A class, those that it extends, and those that extend it: `this` may be an instance of any of them. */
export function familyOf(tree: SyntaxTree, owner: ClassNode): ReadonlySet<ClassNode> {
  const { families } = findMembers(tree)
  const known = families.get(owner)
  if (known) return known
  const family = new Set([owner])
  for (let above: ClassNode | undefined = owner; above?.superClass;) {
    above = classNamed(tree, above.superClass)
    if (!above || family.has(above)) break
    family.add(above)
  }
  const open = [owner]
  for (let next = open.pop(); next; next = open.pop()) {
    for (const below of subclassesOf(tree, next)) {
      if (family.has(below)) continue
      family.add(below)
      open.push(below)
    }
  }
  families.set(owner, family)
  return family
}

/** The class or object literal whose instance `this` is at a node. */
export function enclosingThis(tree: SyntaxTree, node: AnyNode): AnyNode | undefined {
  for (let inner = node, outer = tree.parentOf(node); outer; inner = outer, outer = tree.parentOf(outer)) {
    if (outer.type === 'PropertyDefinition') return classOfMember(tree, outer)
    if (outer.type === 'FunctionDeclaration') return undefined
    if (outer.type === 'FunctionExpression') {
      const holder = tree.parentOf(outer)
      if (holder?.type === 'MethodDefinition') return classOfMember(tree, holder)
      return holder?.type === 'Property' ? tree.parentOf(holder) : undefined
    }
    if (inner.type === 'StaticBlock') return undefined
  }
  return undefined
}

/** False if an object certainly is not an instance of the class, or not the object literal. */
export function mayBelongTo(tree: SyntaxTree, object: AnyNode, owner: AnyNode): boolean {
  if (object.type === 'ThisExpression' || object.type === 'Super') {
    const enclosing = enclosingThis(tree, object)
    if (!enclosing || enclosing === owner) return true
    return isClass(owner) && isClass(enclosing) && familyOf(tree, owner).has(enclosing)
  }
  const value = tree.onlyValueOf(object) ?? object
  if (value.type === 'NewExpression') {
    const created = classNamed(tree, value.callee)
    return created ? isClass(owner) && familyOf(tree, owner).has(created) : isOwn(tree, value.callee)
  }
  if (value.type === 'ObjectExpression') return value === owner
  return isOwn(tree, value)
}

/** False for what globals and packages return: `browser.url`, `$('#send').click`. */
function isOwn(tree: SyntaxTree, node: AnyNode): boolean {
  let root: AnyNode = node
  for (;;) {
    if (root.type === 'MemberExpression') root = root.object
    else if (root.type === 'CallExpression') root = root.callee
    else if (root.type === 'AwaitExpression') root = root.argument
    else if (root.type === 'ChainExpression' || root.type === 'ParenthesizedExpression') root = root.expression
    else break
  }
  if (root.type !== 'Identifier') return true
  const variable = tree.variableOf(root)
  return variable !== undefined && variable.defs.every(({ type }) => type !== 'ImportBinding')
}
