/** How ChromeDriver says that the webview is gone; Appium passes it on as if its own session were. */
const gone =
  /^(invalid session id|disconnected|tab crashed|chrome not reachable)\b|page crash|not connected to DevTools/

/** Whether an answer that tells of a lost session may tell of a webview. */
export function mayBeLostWebview(fault: string): boolean {
  return gone.test(fault)
}

const unfit = /No Chromedriver found that can automate Chrome '(\d+)/

/** Appium proposes to download what is missing; Baton downloads nothing. */
export function webviewHint(message: string): string | undefined {
  const version = unfit.exec(message)?.[1]
  if (version === undefined) return undefined
  return `put a ChromeDriver of version ${version} on the PATH of the phone's host, or name it by the device's key "chromedriver" in devices.json`
}
