import { walk, type View } from '../../screen/view.js'
import { WebDriverError } from '../../webdriver/webdriver-error.js'
import { evaluateXPath } from '../../xpath/xpath.js'
import { XPathError } from '../../xpath/xpath-parser.js'
import { findByClassChain, matchesPredicate } from './class-chain.js'
import { xcuiDocument } from './page-source.js'
import { parsePredicate, PredicateError } from './predicate.js'
import { accessibilityTexts, identifierOf, typeOf } from './xcui-element.js'

interface Search {
  /** The views on the screen. */
  root: View
  /** The root, or the found element whose descendants are searched. */
  within: View
  strategy: string
  selector: string
}

/** Finds views the way WebDriverAgent does, in the order of the tree. */
export function findXcuiElements(search: Search): View[] {
  try {
    return find(search)
  } catch (error) {
    if (error instanceof XPathError || error instanceof PredicateError)
      throw new WebDriverError('invalid selector', error.message)
    throw error
  }
}

function find({ root, within, strategy, selector }: Search): View[] {
  const candidates = (): View[] => (within === root ? [...walk(root)] : [...walk(within)].slice(1))
  switch (strategy) {
    case 'accessibility id':
      return candidates().filter(view => accessibilityTexts(view).includes(selector))
    case 'id':
    case 'name':
      return candidates().filter(view => identifierOf(view) === selector)
    case 'class name':
      return candidates().filter(view => typeOf(view) === selector)
    case 'predicate string': {
      const predicate = parsePredicate(selector)
      return candidates().filter(view => matchesPredicate(view, predicate))
    }
    case 'class chain':
      return findByClassChain(selector, within)
    case 'xpath': {
      const document = xcuiDocument(root)
      return evaluateXPath(selector, document, within === root ? document : document.nodeOf(within))
    }
    default:
      throw new WebDriverError('invalid selector', `'${strategy}' is not a supported locator strategy`)
  }
}
