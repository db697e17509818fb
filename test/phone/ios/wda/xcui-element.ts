import { isDisplayed, size, type View } from '../../screen/view.js'

/** Pixels of a point, iOS's unit of length. */
export const scale = 2

/** The screen in points. */
export const screenSize = { width: size.width / scale, height: size.height / scale } as const

/** The element types of iOS for the views of the apps, which are described in Android's terms. */
const types: Readonly<Record<string, string>> = {
  FrameLayout: 'Application',
  TextView: 'StaticText',
  EditText: 'TextField',
  Button: 'Button',
  RecyclerView: 'Table',
  LinearLayout: 'Cell',
}

export interface Rect {
  x: number
  y: number
  width: number
  height: number
}

export const typeOf = (view: View): string => `XCUIElementType${types[view.class.replace(/^.*\./, '')] ?? 'Other'}`

/** The accessibility id. */
export const identifierOf = (view: View): string => view.id?.replace(/^.*\//, '') ?? ''

export const labelOf = (view: View): string => view.description ?? view.text ?? ''

/** An empty field has its placeholder as value. */
export const valueOf = (view: View): string => view.text || view.hint || ''

export function rectOf({ bounds: { left, top, right, bottom } }: View): Rect {
  return { x: left / scale, y: top / scale, width: (right - left) / scale, height: (bottom - top) / scale }
}

/** All that accessibility ids are compared with. */
export const accessibilityTexts = (view: View): string[] =>
  [identifierOf(view), labelOf(view), view.hint ?? ''].filter(text => text !== '')

/** Attributes of an element, in the order of the page source. */
export function xcuiAttributes(view: View, index: number): Record<string, string> {
  const rect = rectOf(view)
  return {
    type: typeOf(view),
    ...(valueOf(view) !== '' && { value: valueOf(view) }),
    name: identifierOf(view) || labelOf(view),
    label: labelOf(view),
    enabled: String(view.enabled !== false),
    visible: String(isDisplayed(view)),
    accessible: String(view.children.length === 0),
    ...(view.hint !== undefined && { placeholderValue: view.hint }),
    x: String(rect.x),
    y: String(rect.y),
    width: String(rect.width),
    height: String(rect.height),
    index: String(index),
  }
}

/** One attribute as WebDriverAgent returns it; undefined if it is unknown. */
export function xcuiAttribute(view: View, name: string): unknown {
  const key = name.replace(/^wd([A-Z])/, (_, letter: string) => letter.toLowerCase())
  switch (key) {
    case 'rect':
    case 'frame':
      return rectOf(view)
    case 'selected':
      return false
    case 'focused':
    case 'hasKeyboardFocus':
      return view.focused === true
    case 'identifier':
      return identifierOf(view)
    case 'placeholderValue':
      return view.hint ?? null
    case 'value':
      return valueOf(view) || null
    default: {
      const found = xcuiAttributes(view, 0)[key]
      return found === 'true' || found === 'false' ? found === 'true' : found
    }
  }
}
