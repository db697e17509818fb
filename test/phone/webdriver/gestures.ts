import { dragOn, longTapAt, pressKey, tapAt, typeText, type Point, type Touchscreen } from '../screen/touch.js'
import { centre, size, type Bounds, type View } from '../screen/view.js'

/** The session that knows the element ids of a gesture. */
type Elements = { view(elementId: string): View }

export type Direction = 'up' | 'down' | 'left' | 'right'

/** A swipe over a part of an area. */
export function swipeIn(
  phone: Touchscreen,
  area: Bounds,
  { direction, percent }: { direction: Direction; percent: number },
): void {
  const middle = centre(area)
  const x = ((area.right - area.left) * percent) / 2
  const y = ((area.bottom - area.top) * percent) / 2
  const moves: Record<Direction, [Point, Point]> = {
    up: [
      { x: middle.x, y: middle.y + y },
      { x: middle.x, y: middle.y - y },
    ],
    down: [
      { x: middle.x, y: middle.y - y },
      { x: middle.x, y: middle.y + y },
    ],
    left: [
      { x: middle.x + x, y: middle.y },
      { x: middle.x - x, y: middle.y },
    ],
    right: [
      { x: middle.x - x, y: middle.y },
      { x: middle.x + x, y: middle.y },
    ],
  }
  dragOn(phone, ...moves[direction])
}

/** One input source of a W3C actions request. */
export interface ActionSource {
  type: string
  actions: ActionItem[]
}

interface ActionItem {
  type: string
  x?: number
  y?: number
  origin?: string | Record<string, string>
  value?: string
  duration?: number
}

const longPressMs = 500

/** Performs W3C actions: each finger's path from down to up is one tap, long tap or drag. */
export function performActions(phone: Touchscreen, elements: Elements, sources: readonly ActionSource[]): void {
  for (const source of sources) {
    if (source.type === 'key') typeKeys(phone, source.actions)
    else if (source.type === 'pointer') moveFinger(phone, elements, source.actions)
  }
}

/** Keys without a letter have a code point in the private use area. */
const specialKeys: Record<string, number> = { '\uE003': 67, '\uE006': 66, '\uE007': 66 }

function typeKeys(phone: Touchscreen, actions: readonly ActionItem[]): void {
  for (const { type, value = '' } of actions) {
    if (type !== 'keyDown') continue
    const key = specialKeys[value]
    if (key === undefined) typeText(phone, value)
    else pressKey(phone, key)
  }
}

function moveFinger(phone: Touchscreen, elements: Elements, actions: readonly ActionItem[]): void {
  let at: Point = { x: 0, y: 0 }
  let down: Point | undefined
  let heldMs = 0
  for (const action of actions) {
    if (action.type === 'pointerMove') at = target(elements, at, action)
    else if (action.type === 'pointerDown') down = at
    else if (action.type === 'pause' && down) heldMs += action.duration ?? 0
    else if (action.type === 'pointerUp' && down) {
      if (heldMs >= longPressMs && down.x === at.x && down.y === at.y) longTapAt(phone, at)
      else if (down.x === at.x && down.y === at.y) tapAt(phone, at)
      else dragOn(phone, down, at)
      down = undefined
      heldMs = 0
    }
  }
}

function target(elements: Elements, from: Point, { x = 0, y = 0, origin = 'viewport' }: ActionItem): Point {
  if (origin === 'viewport') return { x, y }
  if (typeof origin === 'string') return { x: from.x + x, y: from.y + y }
  const middle = centre(elements.view(Object.values(origin)[0] ?? '').bounds)
  return { x: middle.x + x, y: middle.y + y }
}

export const wholeScreen: Bounds = { left: 0, top: 0, right: size.width, bottom: size.height }
