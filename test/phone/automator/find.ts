import { walk, type View } from '../screen/view.js'
import { WebDriverError } from '../webdriver/webdriver-error.js'
import { parseUiSelectors, UiSelectorError, type UiExpression } from './ui-selector.js'
import { findByUiSelector } from './ui-selector-find.js'
import { documentOf } from './view-document.js'
import { evaluateXPath } from '../xpath/xpath.js'
import { XPathError } from '../xpath/xpath-parser.js'

interface Search {
  /** The views on the screen. */
  root: View
  /** The root, or the found element whose descendants are searched. */
  within: View
  /** The current screen, which changes by scrolling. */
  current: () => View
  strategy: string
  selector: string
}

/** As many as UiScrollable itself. */
const maxSwipes = 30

/** Finds views the way the UiAutomator2 server does, in the order of the tree. */
export function findViews(search: Search): View[] {
  const { selector } = search
  switch (search.strategy) {
    case 'id':
      return candidates(search).filter(
        ({ id }) => id !== undefined && (id === selector || id.endsWith(`:id/${selector}`)),
      )
    case 'accessibility id':
      return candidates(search).filter(({ description }) => description === selector)
    case 'class name':
      return candidates(search).filter(view => view.class === selector)
    case 'xpath':
      return byXPath(search)
    case '-android uiautomator':
      return byUiSelector(search)
    default:
      throw new WebDriverError('invalid selector', `'${search.strategy}' is not a supported selector strategy`)
  }
}

function candidates({ root, within }: Search): View[] {
  const views = [...walk(within)]
  return within === root ? views : views.slice(1)
}

function byXPath({ root, within, selector }: Search): View[] {
  try {
    const document = documentOf(root)
    return evaluateXPath(selector, document, within === root ? document : document.nodeOf(within))
  } catch (error) {
    if (error instanceof XPathError) throw new WebDriverError('invalid selector', error.message)
    throw error
  }
}

function byUiSelector(search: Search): View[] {
  try {
    return parseUiSelectors(search.selector).flatMap(expression => {
      if (expression.kind === 'selector') return findByUiSelector(search.current(), expression.selector)
      return scrollTo(search, expression)
    })
  } catch (error) {
    if (error instanceof UiSelectorError) throw new WebDriverError('invalid selector', error.message)
    throw error
  }
}

/** Scrolls a list from its start towards its end until the wanted view is visible. */
function scrollTo({ current }: Search, { container, target }: Extract<UiExpression, { kind: 'scroll' }>): View[] {
  const scrollable = (): View | undefined => findByUiSelector(current(), container)[0]
  let found = findByUiSelector(current(), target)
  if (found.length > 0) return found
  scrollable()?.scroll?.(Number.NEGATIVE_INFINITY)
  for (let swipe = 0; swipe < maxSwipes; swipe++) {
    const list = scrollable()
    found = findByUiSelector(current(), target)
    if (found.length > 0 || !list) break
    list.scroll?.((list.bounds.bottom - list.bounds.top) / 2)
  }
  return found
}
