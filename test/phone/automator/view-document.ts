import type { View } from '../screen/view.js'
import { viewAttributes } from './view-attributes.js'

/** A view as a node of the XML that XPath sees. */
export interface ViewNode {
  name: string
  attributes: Record<string, string>
  parent: ViewNode | undefined
  children: ViewNode[]
  view: View | undefined
}

export interface ViewDocument extends ViewNode {
  nodeOf(view: View): ViewNode
}

/** The screen as a document: one root named `hierarchy`, each view an element named by its class. */
export function documentOf(root: View): ViewDocument {
  const nodes = new Map<string, ViewNode>()
  const build = (view: View, index: number, parent: ViewNode): ViewNode => {
    const node: ViewNode = { name: view.class, attributes: viewAttributes(view, index), parent, children: [], view }
    nodes.set(view.key, node)
    node.children = view.children.map((child, index) => build(child, index, node))
    return node
  }
  const document: ViewDocument = {
    name: '#document',
    attributes: {},
    parent: undefined,
    children: [],
    view: undefined,
    nodeOf: view => nodes.get(view.key) ?? document,
  }
  const hierarchy: ViewNode = { name: 'hierarchy', attributes: {}, parent: document, children: [], view: undefined }
  document.children = [hierarchy]
  hierarchy.children = [build(root, 0, hierarchy)]
  return document
}
