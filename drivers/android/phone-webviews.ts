import type { AdbPhone } from './adb-phone.js'
import type { Chromedrivers } from './chromedrivers.js'

/** How ChromeDriver says that the webview is gone; Appium passes it on as if its own session were. */
const gone =
  /^(invalid session id|disconnected|tab crashed|chrome not reachable)\b|page crash|not connected to DevTools/
/** Where a webview is debugged. */
const devtoolsSocket = /^localabstract:.*_devtools_remote/

/** Whether an answer that tells of a lost session may tell of a webview. */
export function tellsOfWebview(fault: string): boolean {
  return gone.test(fault)
}

/** Ends by force what a session that did not end in order has: its ChromeDrivers, and the ports that they led to webviews. */
export async function endWebviews(phone: AdbPhone, chromedrivers: Chromedrivers | undefined): Promise<void> {
  await chromedrivers?.end()
  const left = (await phone.forwards()).filter(({ remote }) => devtoolsSocket.test(remote))
  await Promise.all(left.map(async ({ local }) => phone.endForward(local)))
}
