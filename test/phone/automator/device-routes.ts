import { renderScreen } from '../screen/render.js'
import { pressKey } from '../screen/touch.js'
import { density, size, statusBarHeight } from '../screen/view.js'
import { WebDriverError } from '../webdriver/webdriver-error.js'
import { pageSource } from './page-source.js'
import type { RouteHandler } from './routes.js'

const info: RouteHandler = ({ phone }) => ({
  androidId: phone.bootId.slice(0, 16),
  apiVersion: String(phone.model.sdk),
  platformVersion: phone.model.release,
  manufacturer: phone.model.manufacturer,
  brand: phone.model.manufacturer,
  model: phone.model.model,
  realDisplaySize: `${size.width}x${size.height}`,
  displayDensity: density,
  locale: phone.properties.locale.replace('-', '_'),
  timeZone: phone.properties.get('persist.sys.timezone'),
  networks: [],
  bluetooth: null,
})

const battery: RouteHandler = ({ phone }) => ({
  level: phone.behavior.batteryPercent / 100,
  status: phone.behavior.charging ? 2 : 3,
})

const setOrientation: RouteHandler = ({ phone, data }) => {
  phone.display.freezeRotation(data['orientation'] === 'LANDSCAPE' ? 1 : 0)
}

const pressKeyCode: RouteHandler = ({ phone, data }) => pressKey(phone, Number(data['keycode']))

const noAlert: RouteHandler = () => {
  throw new WebDriverError('no such alert', 'An attempt was made to operate on a modal dialog when one was not open')
}

const device = '/session/:session/appium/device'

/** Commands for the phone as a whole. */
export const deviceRoutes: Record<string, RouteHandler> = {
  'GET /session/:session/source': ({ phone }) => pageSource(phone.view(), phone.display.rotation),
  'GET /session/:session/screenshot': ({ phone }) => renderScreen(phone.view()).toString('base64'),
  'GET /session/:session/window/:window/size': () => size,
  'GET /session/:session/orientation': ({ phone }) => (phone.display.rotation % 2 === 0 ? 'PORTRAIT' : 'LANDSCAPE'),
  'POST /session/:session/orientation': setOrientation,
  'GET /session/:session/appium/settings': ({ session }) => session.settings,
  'POST /session/:session/appium/settings': ({ session, data }) =>
    void Object.assign(session.settings, data['settings']),
  [`GET ${device}/info`]: info,
  [`GET ${device}/battery_info`]: battery,
  [`GET ${device}/system_bars`]: () => ({ statusBar: statusBarHeight }),
  [`GET ${device}/pixel_ratio`]: () => density / 160,
  [`GET ${device}/display_density`]: () => density,
  [`POST ${device}/press_keycode`]: pressKeyCode,
  [`POST ${device}/long_press_keycode`]: pressKeyCode,
  [`POST ${device}/open_notifications`]: () => null,
  'POST /session/:session/appium/reset_ax_cache': () => null,
  'GET /session/:session/alert/text': noAlert,
  'POST /session/:session/alert/accept': noAlert,
  'POST /session/:session/alert/dismiss': noAlert,
}
