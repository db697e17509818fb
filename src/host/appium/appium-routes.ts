/**
 * Whether a command of a session that another WebDriver server runs behind Appium is for Appium itself: its own extensions,
 * and the end of the session.
 * @param path - below `/session/:id`, without slashes at the end
 */
export function isServedByAppium(method: string, path: string): boolean {
  return /^\/appium(?:\/|$)/.test(path) || (path === '' && method !== 'GET')
}
