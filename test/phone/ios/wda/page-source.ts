import type { View } from '../../screen/view.js'
import { sourceLines } from '../../xpath/source-lines.js'
import { buildDocument, type ViewDocument } from '../../xpath/view-node.js'
import { typeOf, xcuiAttributes } from './xcui-element.js'

/** The screen as WebDriverAgent's XML: each view is an element named by its type. */
export const xcuiDocument = (root: View): ViewDocument =>
  buildDocument('AppiumAUT', root, (view, index) => ({ name: typeOf(view), attributes: xcuiAttributes(view, index) }))

/** The screen as the XML that `getPageSource` returns. */
export const xcuiSource = (root: View): string =>
  ['<?xml version="1.0" encoding="UTF-8"?>', ...xcuiDocument(root).children.flatMap(node => sourceLines(node))].join(
    '\n',
  )
