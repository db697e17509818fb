import { WebDriverError } from '../../webdriver/webdriver-error.js'
import { homeBundleId } from '../iphone-apps.js'
import type { RouteCall, RouteHandler } from './routes.js'

/** @throws if the app is not installed */
function bundleIdOf({ phone, data }: RouteCall): string {
  const bundleId = String(data['bundleId'])
  if (bundleId === homeBundleId || phone.apps.isInstalled(bundleId)) return bundleId
  throw new WebDriverError('invalid argument', `The app '${bundleId}' is not installed`)
}

const activate: RouteHandler = call => {
  const bundleId = bundleIdOf(call)
  if (bundleId === homeBundleId) call.phone.apps.home()
  else call.phone.apps.activate(bundleId)
}

const activeApp: RouteHandler = ({ phone }) => ({
  ...phone.apps.front,
  name: '',
  processArguments: { args: [], env: {} },
})

/** Commands for apps. */
export const appRoutes: Record<string, RouteHandler> = {
  'POST /wda/apps/launch': activate,
  'POST /wda/apps/activate': activate,
  'POST /wda/apps/terminate': call => call.phone.apps.terminate(bundleIdOf(call)),
  'POST /wda/apps/state': ({ phone, data }) => phone.apps.stateOf(String(data['bundleId'])),
  'GET /wda/activeAppInfo': activeApp,
  'POST /wda/homescreen': ({ phone }) => phone.apps.home(),
  'POST /url': ({ phone, data }) => phone.apps.open(String(data['url'])),
}
