import { isDisplayed, type View } from '../screen/view.js'

/** Attributes of a view, in the order of the page source. */
export function viewAttributes(view: View, index: number): Record<string, string> {
  const { left, top, right, bottom } = view.bounds
  return {
    index: String(index),
    package: view.package,
    class: view.class,
    text: shownText(view),
    ...(view.description === undefined ? {} : { 'content-desc': view.description }),
    ...(view.id === undefined ? {} : { 'resource-id': view.id }),
    checkable: 'false',
    checked: 'false',
    clickable: String(view.tap !== undefined),
    enabled: String(view.enabled !== false),
    focusable: String(view.tap !== undefined),
    focused: String(view.focused === true),
    'long-clickable': String(view.longTap !== undefined),
    password: 'false',
    scrollable: String(view.scroll !== undefined),
    selected: 'false',
    bounds: `[${left},${top}][${right},${bottom}]`,
    displayed: String(isDisplayed(view)),
    ...(view.hint === undefined ? {} : { hint: view.hint, 'showing-hint': String(!view.text) }),
  }
}

/** The text of an empty field is its hint. */
export const shownText = (view: View): string => view.text || view.hint || ''
