import type { Phone } from '../phone.js'
import { deviceRoutes } from './device-routes.js'
import { elementRoutes } from './element-routes.js'
import { gestureRoutes } from './gesture-routes.js'
import type { Session } from './session.js'

export interface RouteCall {
  phone: Phone
  session: Session
  /** The parameters of the path. */
  parameters: Record<string, string>
  data: Record<string, unknown>
}

export type RouteHandler = (call: RouteCall) => unknown

const serverRoutes: Record<string, RouteHandler> = {
  'GET /status': () => ({ ready: true, message: 'UiAutomator2 Server is ready to accept commands', build: {} }),
  'GET /sessions': ({ session }) => (session.id === null ? [] : [{ id: session.id, capabilities: {} }]),
  'POST /session': ({ session, data }) => ({ sessionId: session.open(), capabilities: data['capabilities'] ?? {} }),
  'GET /session/:session': () => ({}),
  'DELETE /session/:session': ({ session }) => session.end(),
}

const table = { ...serverRoutes, ...elementRoutes, ...gestureRoutes, ...deviceRoutes }

/** All routes of the server, as patterns of `METHOD /path`. */
export const routes = Object.entries(table).map(([route, handle]) => ({
  pattern: new RegExp(`^${route.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
  handle,
}))
