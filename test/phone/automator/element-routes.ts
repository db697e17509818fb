import { focusedView, tapAt, typeText } from '../screen/touch.js'
import { renderScreen } from '../screen/render.js'
import { centre } from '../screen/view.js'
import { WebDriverError } from '../webdriver/webdriver-error.js'
import type { RouteHandler } from './routes.js'
import { shownText, viewAttributes } from './view-attributes.js'

const find =
  (multiple: boolean): RouteHandler =>
  ({ session, data }) =>
    session.find({
      strategy: typed(data['strategy'] ?? data['using']),
      selector: typed(data['selector'] ?? data['value']),
      context: typed(data['context']),
      multiple,
    })

/** A text, or the list of its letters. */
function typed(value: unknown): string {
  if (Array.isArray(value)) return value.join('')
  return typeof value === 'string' ? value : ''
}

const click: RouteHandler = ({ phone, session, parameters }) => {
  const view = session.view(parameters['element'] ?? '')
  if (view.tap) view.tap()
  else tapAt(phone, centre(view.bounds))
}

const setValue: RouteHandler = ({ session, parameters, data }) => {
  const view = session.view(parameters['element'] ?? '')
  const { setText } = view
  if (!setText)
    throw new WebDriverError('invalid element state', 'Cannot set the element to the given text: it is no field')
  const text = typed(data['text'] ?? data['value'])
  view.focus?.()
  setText(data['replace'] === true ? text : (view.text ?? '') + text)
}

const clear: RouteHandler = ({ session, parameters }) => {
  const view = session.view(parameters['element'] ?? '')
  if (!view.setText) throw new WebDriverError('invalid element state', 'Cannot clear the element: it is no field')
  view.setText('')
}

const attribute: RouteHandler = ({ session, parameters }) => {
  const view = session.view(parameters['element'] ?? '')
  const aliases: Record<string, string> = {
    name: 'content-desc',
    contentDescription: 'content-desc',
    resourceId: 'resource-id',
    className: 'class',
    longClickable: 'long-clickable',
  }
  const name = parameters['name'] ?? ''
  if (name === 'name') return view.description ?? view.text ?? ''
  const found = viewAttributes(view, 0)[aliases[name] ?? name]
  if (found === undefined && !['content-desc', 'hint', 'resource-id'].includes(aliases[name] ?? name)) {
    throw new WebDriverError('invalid argument', `'${name}' attribute is unknown for the element`)
  }
  return found ?? null
}

const rect: RouteHandler = ({ session, parameters }) => {
  const { left, top, right, bottom } = session.view(parameters['element'] ?? '').bounds
  return { x: left, y: top, width: right - left, height: bottom - top }
}

const active: RouteHandler = ({ phone, session }) => {
  const focused = focusedView(phone)
  if (!focused) throw new WebDriverError('no such element', 'no element has the focus')
  return session.element(focused)
}

const firstVisible: RouteHandler = ({ session, parameters }) => {
  const [first] = session.view(parameters['element'] ?? '').children
  if (!first) throw new WebDriverError('no such element', 'the element has no children')
  return session.element(first)
}

const keys: RouteHandler = ({ phone, data }) => {
  typeText(phone, typed(data['text'] ?? data['value']))
}

const element = '/session/:session/element/:element'

/** Commands for elements. */
export const elementRoutes: Record<string, RouteHandler> = {
  'POST /session/:session/element': find(false),
  'POST /session/:session/elements': find(true),
  'GET /session/:session/element/active': active,
  [`POST ${element}/click`]: click,
  [`POST ${element}/value`]: setValue,
  [`POST ${element}/clear`]: clear,
  [`GET ${element}/attribute/:name`]: attribute,
  [`GET ${element}/text`]: ({ session, parameters }) => shownText(session.view(parameters['element'] ?? '')),
  [`GET ${element}/name`]: ({ session, parameters }) => session.view(parameters['element'] ?? '').class,
  [`GET ${element}/rect`]: rect,
  [`GET ${element}/location`]: rect,
  [`GET ${element}/size`]: rect,
  [`GET ${element}/screenshot`]: ({ phone, session, parameters }) =>
    renderScreen(phone.view(), session.view(parameters['element'] ?? '').bounds).toString('base64'),
  'GET /session/:session/appium/element/:element/first_visible': firstVisible,
  'POST /session/:session/keys': keys,
}
