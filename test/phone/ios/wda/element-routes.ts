import { renderScreen } from '../../screen/render.js'
import { focusedView, tapAt, typeText } from '../../screen/touch.js'
import { centre, type View } from '../../screen/view.js'
import { WebDriverError } from '../../webdriver/webdriver-error.js'
import { findXcuiElements } from './find.js'
import type { RouteCall, RouteHandler } from './routes.js'
import { rectOf, typeOf, valueOf, labelOf, xcuiAttribute } from './xcui-element.js'

const elementOf = ({ elements, parameters }: RouteCall): View => elements.view(parameters['element'] ?? '')

function search(call: RouteCall): View[] {
  const { phone, parameters, data } = call
  const root = phone.view()
  const within = parameters['element'] === undefined ? root : elementOf(call)
  return findXcuiElements({ root, within, strategy: String(data['using']), selector: String(data['value']) })
}

const find: RouteHandler = call => {
  const [first] = search(call)
  if (first) return call.elements.element(first)
  throw new WebDriverError('no such element', 'unable to find an element using the given selector')
}

const findAll: RouteHandler = call => search(call).map(view => call.elements.element(view))

const click: RouteHandler = call => {
  const view = elementOf(call)
  if (view.tap) view.tap()
  else tapAt(call.phone, centre(view.bounds))
}

/** A text, or the list of its letters. */
export function typed(value: unknown): string {
  return Array.isArray(value) ? value.join('') : String(value)
}

/** Typing taps the field first, and appends. */
const type: RouteHandler = call => {
  const view = elementOf(call)
  if (!view.setText) throw new WebDriverError('invalid element state', 'The element cannot be typed into')
  view.focus?.()
  view.setText((view.text ?? '') + typed(call.data['value']))
}

const clear: RouteHandler = call => elementOf(call).setText?.('')

const attribute: RouteHandler = call => {
  const name = call.parameters['name'] ?? ''
  const found = xcuiAttribute(elementOf(call), name)
  if (found === undefined) throw new WebDriverError('invalid argument', `The attribute '${name}' is unknown`)
  return found
}

const active: RouteHandler = ({ phone, elements }) => {
  const focused = focusedView(phone)
  if (!focused) throw new WebDriverError('no such element', 'no element has the keyboard focus')
  return elements.element(focused)
}

/** A list scrolls by its own height. */
const scroll: RouteHandler = call => {
  const view = elementOf(call)
  const { top, bottom } = view.bounds
  view.scroll?.((bottom - top) * (call.data['direction'] === 'up' ? -1 : 1))
}

/** Commands for elements. */
export const elementRoutes: Record<string, RouteHandler> = {
  'POST /element': find,
  'POST /elements': findAll,
  'GET /element/active': active,
  'POST /element/:element/element': find,
  'POST /element/:element/elements': findAll,
  'POST /element/:element/click': click,
  'POST /wda/element/:element/tap': click,
  'POST /element/:element/value': type,
  'POST /element/:element/clear': clear,
  'GET /element/:element/attribute/:name': attribute,
  'GET /element/:element/text': call => valueOf(elementOf(call)) || labelOf(elementOf(call)),
  'GET /element/:element/name': call => typeOf(elementOf(call)),
  'GET /element/:element/rect': call => rectOf(elementOf(call)),
  'GET /element/:element/displayed': call => xcuiAttribute(elementOf(call), 'visible'),
  'GET /element/:element/enabled': call => xcuiAttribute(elementOf(call), 'enabled'),
  'GET /element/:element/selected': () => false,
  'GET /element/:element/screenshot': call =>
    renderScreen(call.phone.view(), elementOf(call).bounds).toString('base64'),
  'POST /wda/element/:element/scroll': scroll,
  'POST /wda/keys': ({ phone, data }) => typeText(phone, typed(data['value'])),
}
