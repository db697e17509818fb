import type { View } from '../screen/view.js'

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

/** What a node has of its view. @param index - among its siblings */
export type DescribeNode = (view: View, index: number) => Pick<ViewNode, 'name' | 'attributes'>

/** The screen as a document with one root, in which each view is an element. */
export function buildDocument(rootName: string, screen: View, describe: DescribeNode): ViewDocument {
  const nodes = new Map<string, ViewNode>()
  const build = (view: View, index: number, parent: ViewNode): ViewNode => {
    const node: ViewNode = { ...describe(view, index), parent, children: [], view }
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
  const root: ViewNode = { name: rootName, attributes: {}, parent: document, children: [], view: undefined }
  document.children = [root]
  root.children = [build(screen, 0, root)]
  return document
}
