import type { Phone } from '../phone.js'
import { dragOn, longTapAt, tapAt, type Point } from '../screen/touch.js'
import { centre, type Bounds } from '../screen/view.js'
import { performActions, swipeIn, wholeScreen, type ActionSource, type Direction } from '../webdriver/gestures.js'
import type { RouteCall, RouteHandler } from './routes.js'

interface Rect {
  left: number
  top: number
  width: number
  height: number
}

/** Gestures are located by an element, an area of the screen, or an offset in either. */
function areaOf({ session, data }: RouteCall): Bounds {
  const origin = data['origin'] as Record<string, string> | undefined
  if (origin) return session.view(Object.values(origin)[0] ?? '').bounds
  const area = data['area'] as Rect | undefined
  if (!area) return wholeScreen
  return { left: area.left, top: area.top, right: area.left + area.width, bottom: area.top + area.height }
}

function pointOf(call: RouteCall): Point {
  const offset = call.data['offset'] as Point | undefined
  const area = areaOf(call)
  if (!offset) return centre(area)
  return call.data['origin'] ? { x: area.left + offset.x, y: area.top + offset.y } : offset
}

const at =
  (touch: (phone: Phone, point: Point) => void): RouteHandler =>
  call =>
    touch(call.phone, pointOf(call))

const opposite: Record<Direction, Direction> = { up: 'down', down: 'up', left: 'right', right: 'left' }

const directionOf = ({ data }: RouteCall): Direction => String(data['direction']).toLowerCase() as Direction

const swipe: RouteHandler = call =>
  swipeIn(call.phone, areaOf(call), { direction: directionOf(call), percent: Number(call.data['percent'] ?? 1) })

/** Scrolling down is swiping up. Returns whether there is more to scroll. */
const scroll: RouteHandler = call => {
  swipeIn(call.phone, areaOf(call), {
    direction: opposite[directionOf(call)],
    percent: Number(call.data['percent'] ?? 1),
  })
  return true
}

const drag: RouteHandler = call => {
  const end = (call.data['end'] ?? { x: call.data['endX'], y: call.data['endY'] }) as Point
  const start = call.data['start'] as Point | undefined
  dragOn(call.phone, start ?? pointOf(call), end)
}

const scrollTo: RouteHandler = call => {
  const parameters = (call.data['params'] ?? call.data) as Record<string, unknown>
  const by = String(parameters['strategy']) === 'accessibility id' ? 'description' : 'text'
  const target = String(parameters['selector'])
  const selector =
    by === 'text' && target.startsWith('new ') ? target : `new UiSelector().${by}(${JSON.stringify(target)})`
  call.session.find({
    strategy: '-android uiautomator',
    selector: `new UiScrollable(new UiSelector().scrollable(true)).scrollIntoView(${selector})`,
    context: '',
    multiple: false,
  })
}

const gestures = '/session/:session/appium/gestures'

/** Commands for gestures. */
export const gestureRoutes: Record<string, RouteHandler> = {
  'POST /session/:session/actions': ({ phone, session, data }) =>
    performActions(phone, session, (data['actions'] ?? []) as ActionSource[]),
  [`POST ${gestures}/click`]: at(tapAt),
  [`POST ${gestures}/double_click`]: at(tapAt),
  [`POST ${gestures}/long_click`]: at(longTapAt),
  [`POST ${gestures}/drag`]: drag,
  [`POST ${gestures}/swipe`]: swipe,
  [`POST ${gestures}/scroll`]: scroll,
  [`POST ${gestures}/fling`]: scroll,
  [`POST ${gestures}/pinch_open`]: () => null,
  [`POST ${gestures}/pinch_close`]: () => null,
  'POST /session/:session/gestures/scroll_to': scrollTo,
  'POST /session/:session/touch/scroll': scrollTo,
}
