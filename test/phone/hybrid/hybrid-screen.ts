import { colours } from '../screen/render.js'
import { full } from '../screen/system-screens.js'
import { box, size, type Bounds, type View } from '../screen/view.js'

/** The app's package. */
export const hybridPackage = 'baton.hybrid'
/** The activity that its icon starts. */
export const hybridActivity = 'baton.hybrid.MainActivity'
/** Where its WebView is. */
export const webBounds = box(0, 240, size.width, size.height)

export interface HybridState {
  /** Of the page, as the WebView tells it. */
  title: string
  address: string
  /** Why nothing is shown; empty where all is well. */
  problem: string
}

/** A bar of the app's own above a WebView. What is in the WebView is no view of the app's. */
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
