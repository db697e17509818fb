export interface Bounds {
  left: number
  top: number
  right: number
  bottom: number
}

/** Actions of a view. A view without `tap` is not clickable, one without `setText` is not a field, and so on. */
export interface ViewActions {
  tap?: () => void
  longTap?: () => void
  setText?: (text: string) => void
  /** @param pixels - how far the content moves up (down if negative) */
  scroll?: (pixels: number) => void
  focus?: () => void
}

export interface View extends ViewActions {
  /** Stays the same for the same view whenever the tree is rebuilt. */
  key: string
  class: string
  bounds: Bounds
  package: string
  /** In full: `package:id/name`. */
  id?: string
  text?: string
  description?: string
  hint?: string
  enabled?: boolean
  focused?: boolean
  /** Colours are indexes of the palette. */
  background?: number
  colour?: number
  textScale?: number
  children: View[]
}

export const size = { width: 720, height: 1600 } as const
export const density = 320
export const statusBarHeight = 48

/** All views of a tree, parents before their children. */
export function* walk(view: View): Generator<View> {
  yield view
  for (const child of view.children) yield* walk(child)
}

/** The topmost view at a point that satisfies a condition. */
export function viewAt(root: View, { x, y }: { x: number; y: number }, passes: (view: View) => boolean) {
  let found: View | undefined
  for (const view of walk(root)) {
    const { left, top, right, bottom } = view.bounds
    if (x >= left && x < right && y >= top && y < bottom && passes(view)) found = view
  }
  return found
}

export function centre({ left, top, right, bottom }: Bounds): { x: number; y: number } {
  return { x: Math.floor((left + right) / 2), y: Math.floor((top + bottom) / 2) }
}

export function box(left: number, top: number, right: number, bottom: number): Bounds {
  return { left, top, right, bottom }
}

/** Whether a part of it is on the screen. */
export function isDisplayed({ bounds: { left, top, right, bottom } }: View): boolean {
  return right > left && bottom > top && right > 0 && bottom > 0 && left < size.width && top < size.height
}
