import { walk, type View } from '../screen/view.js'
import { UiSelectorError, type UiSelector } from './ui-selector.js'
import { shownText, viewAttributes } from './view-attributes.js'

type Condition = UiSelector['conditions'][number]

/** The views that match a UiSelector, in the order of the tree. */
export function findByUiSelector(root: View, selector: UiSelector): View[] {
  const matches = [...walk(root)].filter(view => passes(root, view, selector))
  const chosen = selector.instance === undefined ? matches : matches.slice(selector.instance, selector.instance + 1)
  const { child, fromParent } = selector
  if (child) return unique(chosen.flatMap(view => findByUiSelector(view, child).filter(found => found !== view)))
  if (!fromParent) return chosen
  return unique(chosen.flatMap(view => findByUiSelector(parentOf(root, view) ?? root, fromParent)))
}

const unique = (views: View[]): View[] => [...new Set(views)]

function parentOf(root: View, view: View): View | undefined {
  return [...walk(root)].find(({ children }) => children.includes(view))
}

function passes(root: View, view: View, { conditions }: UiSelector): boolean {
  return conditions.every(condition => {
    if (condition.name === 'index') return parentOf(root, view)?.children.indexOf(view) === condition.value
    return holds(view, condition)
  })
}

const subjects: Record<string, (view: View) => string> = {
  text: shownText,
  description: view => view.description ?? '',
  resourceId: view => view.id ?? '',
  className: view => view.class,
  packageName: view => view.package,
}

const flags: Record<string, string> = { longClickable: 'long-clickable' }

function holds(view: View, { name, value }: Condition): boolean {
  if (typeof value === 'boolean') {
    const attribute = viewAttributes(view, 0)[flags[name] ?? name]
    if (attribute === undefined) throw new UiSelectorError(`UiSelector has no ${name}`)
    return attribute === String(value)
  }
  const [, subject = '', how] = /^(.*?)(Contains|StartsWith|Matches)?$/.exec(name) ?? []
  const read = subjects[subject]
  if (!read) throw new UiSelectorError(`UiSelector has no ${name}`)
  const text = read(view)
  const wanted = String(value)
  // Like the real one, ignores case when it searches for a part of a text.
  if (how === 'Contains') return text.toLowerCase().includes(wanted.toLowerCase())
  if (how === 'StartsWith') return text.toLowerCase().startsWith(wanted.toLowerCase())
  if (how === 'Matches') return new RegExp(`^(?:${wanted})$`, 's').test(text)
  return text === wanted
}
