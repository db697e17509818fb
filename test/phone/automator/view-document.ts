import type { View } from '../screen/view.js'
import { buildDocument, type ViewDocument } from '../xpath/view-node.js'
import { viewAttributes } from './view-attributes.js'

/** The screen as UiAutomator's XML: each view is an element named by its class. */
export const documentOf = (root: View): ViewDocument =>
  buildDocument('hierarchy', root, (view, index) => ({ name: view.class, attributes: viewAttributes(view, index) }))
