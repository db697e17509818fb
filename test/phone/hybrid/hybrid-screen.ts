import { colours } from '../screen/render.js'
import { full } from '../screen/system-screens.js'
import { box, size, type Bounds, type View } from '../screen/view.js'

/** The app's package. */
export const hybridPackage = 'baton.hybrid'
/** Its launcher activity. */
export const hybridActivity = 'baton.hybrid.MainActivity'
/** Bounds of its WebView. */
export const webBounds = box(0, 240, size.width, size.height)

export interface HybridState {
  /** Of the page, as reported by the WebView. */
  title: string
  address: string
  /** Why nothing is shown; empty if all is well. */
  problem: string
}

/** A native bar above a WebView. The WebView's content has no native views. */
export function hybridScreen({ title, address, problem }: HybridState, actions: { reload: () => void }): View {
  return full(hybridPackage, 'window', [
    view('title', title, box(20, 60, 500, 150)),
    view('address', address, box(20, 150, 700, 230)),
    {
      ...view('reload', 'Reload', box(520, 60, 700, 140)),
      class: 'android.widget.Button',
      description: 'Reload',
      background: colours.accent,
      colour: colours.white,
      tap: actions.reload,
    },
    { ...view('web', title, webBounds), class: 'android.webkit.WebView', background: colours.white },
    ...(problem ? [view('problem', problem, webBounds)] : []),
  ])
}

function view(id: string, text: string, bounds: Bounds): View {
  return {
    key: id,
    class: 'android.widget.TextView',
    package: hybridPackage,
    id: `${hybridPackage}:id/${id}`,
    text,
    bounds,
    children: [],
  }
}
