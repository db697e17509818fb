import type { ElementIds } from '../../webdriver/element-ids.js'
import type { Iphone } from '../iphone.js'
import { appRoutes } from './app-routes.js'
import { deviceRoutes } from './device-routes.js'
import { elementRoutes } from './element-routes.js'
import type { WdaSessions } from './wda-sessions.js'

export interface RouteCall {
  phone: Iphone
  sessions: WdaSessions
  elements: ElementIds
  /** The parameters of the path. */
  parameters: Record<string, string>
  data: Record<string, unknown>
}

export type RouteHandler = (call: RouteCall) => unknown

/** Most routes work with and without a session. */
const anySession = '(?:/session/(?<session>[^/]+))?'

const toPattern = (path: string): string => path.replace(/:(\w+)/g, '(?<$1>[^/]+)')

/** All routes, as patterns of `METHOD /path`. */
export const routes = Object.entries({ ...deviceRoutes, ...appRoutes, ...elementRoutes }).map(([route, handle]) => {
  const [method, path = ''] = route.split(' ')
  const isOfSessions = path.startsWith('/session')
  return { pattern: new RegExp(`^${method} ${isOfSessions ? '' : anySession}${toPattern(path)}$`), handle }
})
