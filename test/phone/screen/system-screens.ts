import { colours } from './render.js'
import { box, size, type View, type ViewActions } from './view.js'

const systemUi = 'com.android.systemui'

/** The home screen. */
export function homeScreen(label: string): View {
  return full('com.android.launcher3', 'home', [
    text('com.android.launcher3', { key: 'home:title', id: 'title', text: label, bounds: box(60, 200, 660, 300) }),
  ])
}

/** The lock screen, without views of apps. */
export function lockScreen(pin: string): View {
  return full(systemUi, 'keyguard', [
    text(systemUi, { key: 'keyguard:clock', id: 'clock', text: 'Locked', bounds: box(60, 300, 660, 400) }),
    text(systemUi, {
      key: 'keyguard:pin',
      id: 'pinEntry',
      text: '•'.repeat(pin.length),
      bounds: box(60, 800, 660, 880),
    }),
  ])
}

/** A screen that is off shows nothing. */
export const darkScreen = (): View => ({ ...full(systemUi, 'dark', []), background: colours.black })

/** The system's dialog for an app that does not respond. */
export function notRespondingDialog(label: string, actions: { wait: () => void; close: () => void }): View {
  const button = (id: string, caption: string, top: number, tap: () => void): View => ({
    ...text('android', { key: `anr:${id}`, id, text: caption, bounds: box(100, top, 620, top + 90) }),
    class: 'android.widget.Button',
    tap,
  })
  return full('android', 'anr', [
    text('android', {
      key: 'anr:title',
      id: 'alertTitle',
      text: `${label} isn't responding`,
      bounds: box(60, 600, 660, 700),
    }),
    button('aerr_close', 'Close app', 720, actions.close),
    button('aerr_wait', 'Wait', 820, actions.wait),
  ])
}

/** The frame that fills the screen. */
export function full(packageName: string, key: string, children: View[], actions: ViewActions = {}): View {
  return {
    key,
    class: 'android.widget.FrameLayout',
    package: packageName,
    bounds: box(0, 0, size.width, size.height),
    background: colours.surface,
    children,
    ...actions,
  }
}

function text(packageName: string, view: Pick<View, 'key' | 'id' | 'text' | 'bounds'>): View {
  return {
    ...view,
    class: 'android.widget.TextView',
    package: packageName,
    id: `${packageName}:id/${view.id}`,
    children: [],
  }
}
