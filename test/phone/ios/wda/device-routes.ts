import { renderScreen } from '../../screen/render.js'
import { dragOn, type Point } from '../../screen/touch.js'
import { size } from '../../screen/view.js'
import { performActions, swipeIn, wholeScreen, type ActionSource, type Direction } from '../../webdriver/gestures.js'
import { WebDriverError } from '../../webdriver/webdriver-error.js'
import { xcuiSource } from './page-source.js'
import type { RouteHandler } from './routes.js'
import { scale, screenSize } from './xcui-element.js'

const status: RouteHandler = ({ phone }) => ({
  ready: true,
  message: 'WebDriverAgent is ready to accept commands',
  state: 'success',
  os: { name: 'iOS', version: phone.model.iosVersion, sdkVersion: phone.model.iosVersion, testmanagerdVersion: 65535 },
  ios: { ip: '127.0.0.1' },
  build: { version: '16.12.9', productBundleIdentifier: 'com.facebook.WebDriverAgentRunner' },
  device: phone.model.device,
})

const openSession: RouteHandler = ({ phone, sessions, data }) => {
  const { alwaysMatch, firstMatch } = data['capabilities'] as Record<string, unknown>
  const [first] = (firstMatch ?? []) as Record<string, unknown>[]
  const { id } = sessions.open({ ...first, ...(alwaysMatch as Record<string, unknown>) })
  const { device, iosVersion } = phone.model
  return {
    sessionId: id,
    capabilities: { device, sdkVersion: iosVersion, CFBundleIdentifier: phone.apps.front.bundleId },
  }
}

const deviceInfo: RouteHandler = ({ phone }) => ({
  model: phone.model.model,
  name: phone.model.model,
  isSimulator: false,
  currentLocale: 'en_US',
  timeZone: 'UTC',
  userInterfaceIdiom: phone.model.device === 'ipad' ? 1 : 0,
  userInterfaceStyle: 'light',
})

const battery: RouteHandler = ({ phone }) => ({
  level: phone.behavior.batteryPercent / 100,
  state: phone.behavior.charging ? 2 : 1,
})

const setOrientation: RouteHandler = ({ phone, data }) => {
  const { orientation } = data
  if (orientation !== 'PORTRAIT' && orientation !== 'LANDSCAPE')
    throw new WebDriverError('invalid argument', `Unable to set the orientation '${String(orientation)}'`)
  if (!phone.behavior.rotates) throw new WebDriverError('invalid element state', 'Unable To Rotate Device')
  phone.orientation = orientation
}

/** The driver sends points, views are in pixels. */
const actions: RouteHandler = ({ phone, elements, data }) => {
  const sources = (data['actions'] as ActionSource[]).map(source => ({
    ...source,
    actions: (source.actions ?? []).map(action => ({
      ...action,
      ...(action.x !== undefined && { x: action.x * scale }),
      ...(action.y !== undefined && { y: action.y * scale }),
    })),
  }))
  performActions(phone, elements, sources)
}

const drag: RouteHandler = ({ phone, data }) => {
  const at = (x: string, y: string): Point => ({ x: Number(data[x]) * scale, y: Number(data[y]) * scale })
  dragOn(phone, at('fromX', 'fromY'), at('toX', 'toY'))
}

const noAlert: RouteHandler = () => {
  throw new WebDriverError('no such alert', 'An attempt was made to operate on a modal dialog when one was not open')
}

/** Commands for the server, its session and the phone as a whole. */
export const deviceRoutes: Record<string, RouteHandler> = {
  'GET /status': status,
  'GET /wda/healthcheck': () => null,
  'POST /session': openSession,
  'DELETE /session/:session': ({ sessions }) => sessions.close(),
  'GET /session/:session': () => ({}),
  'GET /appium/settings': ({ sessions }) => sessions.current?.settings,
  'POST /appium/settings': ({ sessions, data }) => Object.assign(sessions.current?.settings ?? {}, data['settings']),
  'POST /timeouts': () => null,
  'GET /source': ({ phone }) => xcuiSource(phone.view()),
  'GET /screenshot': ({ phone }) => renderScreen(phone.view()).toString('base64'),
  'GET /window/size': () => screenSize,
  'GET /window/rect': () => ({ x: 0, y: 0, ...screenSize }),
  'GET /wda/screen': () => ({
    statusBarSize: { width: screenSize.width, height: 24 },
    scale,
    screenSize: { width: size.width / scale, height: size.height / scale },
  }),
  'GET /orientation': ({ phone }) => phone.orientation,
  'POST /orientation': setOrientation,
  'GET /wda/locked': ({ phone }) => phone.locked,
  'POST /wda/lock': ({ phone }) => phone.lock(),
  'POST /wda/unlock': ({ phone }) => phone.unlock(),
  'GET /wda/batteryInfo': battery,
  'GET /wda/device/info': deviceInfo,
  'POST /wda/keyboard/dismiss': () => null,
  'POST /wda/pressButton': ({ phone, data }) => {
    if (data['name'] === 'home') phone.apps.home()
  },
  'POST /actions': actions,
  'POST /wda/swipe': ({ phone, data }) =>
    swipeIn(phone, wholeScreen, { direction: data['direction'] as Direction, percent: 0.5 }),
  'POST /wda/dragfromtoforduration': drag,
  'GET /alert/text': noAlert,
  'POST /alert/accept': noAlert,
  'POST /alert/dismiss': noAlert,
}
