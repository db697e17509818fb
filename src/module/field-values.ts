import type { AnyNode } from 'acorn'
import { definedName, familyOf, mayBelongTo, memberUses } from './class-members.js'
import { returnedBy } from './returned-values.js'
import { isClass, type ClassNode, type SyntaxTree } from './syntax-tree.js'
import { flatIfKnown } from './static-values.js'

/**
 * Returns what a field or getter can be: its initial value, what `this.who = …` assigns, what the getter returns. Subclasses
 * and the classes above may define it, too.
 * @returns undefined if nothing defines it, or it is changed in another way
 */
export function fieldValues(tree: SyntaxTree, owner: AnyNode, name: string): AnyNode[] | undefined {
  if (!isClass(owner)) return undefined
  const defined = [...familyOf(tree, owner)].map(each => definitions(tree, each, name))
  const assigned = memberUses(tree, name)
    .filter(member => mayBelongTo(tree, member.object, owner))
    .map(member => assignment(tree, member))
  const values = flatIfKnown([...defined, ...assigned])
  return values?.length === 0 ? undefined : values
}

function definitions(tree: SyntaxTree, { body }: ClassNode, name: string): AnyNode[] | undefined {
  const found: AnyNode[] = []
  for (const member of body.body) {
    if (member.type === 'StaticBlock' || member.static || definedName(member.key, member.computed) !== name) continue
    if (member.type === 'PropertyDefinition') found.push(...(member.value ? [member.value] : []))
    else if (member.kind === 'get') {
      const returned = returnedBy(tree, member.value)
      if (!returned) return undefined
      found.push(...returned)
    } else return undefined
  }
  return found
}

/** What a use of a member assigns; undefined if it changes it in another way. */
function assignment(tree: SyntaxTree, member: AnyNode): AnyNode[] | undefined {
  const parent = tree.parentOf(member)
  if (parent?.type === 'UpdateExpression') return undefined
  if (parent?.type !== 'AssignmentExpression' || parent.left !== member) return []
  return parent.operator === '=' ? [parent.right] : undefined
}
