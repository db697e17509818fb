import { viewAt, walk, type View } from './view.js'

export interface Point {
  x: number
  y: number
}

/** What fingers and keys act on. */
export interface Touchscreen {
  readonly display: {
    readonly on: boolean
    readonly locked: boolean
    wake(): void
    sleep(): void
    dismiss(): void
    type(text: string): void
    enter(): boolean
  }
  readonly apps: { home(): void }
  view(): View
}

const keys = { home: 3, back: 4, power: 26, enter: [66, 160], delete: 67, zero: 7, nine: 16, sleep: 223, wakeUp: 224 }
/** A finger that moves less than this is a tap. */
const slopPixels = 16

export function tapAt(phone: Touchscreen, point: Point): void {
  if (isDead(phone)) return
  viewAt(phone.view(), point, view => view.tap !== undefined)?.tap?.()
}

export function longTapAt(phone: Touchscreen, point: Point): void {
  if (isDead(phone)) return
  const view = viewAt(phone.view(), point, view => view.longTap !== undefined || view.tap !== undefined)
  if (view?.longTap) view.longTap()
  else view?.tap?.()
}

export function dragOn(phone: Touchscreen, from: Point, to: Point): void {
  if (Math.hypot(to.x - from.x, to.y - from.y) < slopPixels) return tapAt(phone, from)
  if (phone.display.locked) return phone.display.dismiss()
  viewAt(phone.view(), from, view => view.scroll !== undefined)?.scroll?.(from.y - to.y)
}

export function focusedView(phone: Touchscreen): View | undefined {
  for (const view of walk(phone.view())) if (view.focused && view.setText) return view
  return undefined
}

export function typeText(phone: Touchscreen, text: string): void {
  if (phone.display.locked) return phone.display.type(text)
  const view = focusedView(phone)
  view?.setText?.((view.text ?? '') + text)
}

export function pressKey(phone: Touchscreen, key: number): void {
  const { display } = phone
  if (key === keys.wakeUp || (key === keys.power && !display.on)) display.wake()
  else if (key === keys.sleep || key === keys.power) display.sleep()
  else if (!display.on) return
  else if (key >= keys.zero && key <= keys.nine) typeText(phone, String(key - keys.zero))
  else if (display.locked) {
    if (keys.enter.includes(key)) display.enter()
  } else if (key === keys.home || key === keys.back) phone.apps.home()
  else if (key === keys.delete) {
    const view = focusedView(phone)
    view?.setText?.((view.text ?? '').slice(0, -1))
  }
}

const isDead = (phone: Touchscreen): boolean => !phone.display.on
