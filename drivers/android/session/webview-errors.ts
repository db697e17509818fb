/** ChromeDriver's messages for a webview that is gone. Appium passes them on as if its own session were gone. */
const gone =
  /^(invalid session id|disconnected|tab crashed|chrome not reachable)\b|page crash|not connected to DevTools/

/** Whether an error that reports a lost session may be about a webview only. */
export function mayBeLostWebview(fault: string): boolean {
  return gone.test(fault)
}

const unfit = /No Chromedriver found that can automate Chrome '(\d+)/

/** Appium's own message suggests a download; Baton downloads nothing. */
export function webviewHint(message: string): string | undefined {
  const version = unfit.exec(message)?.[1]
  if (version === undefined) return undefined
  return `put a ChromeDriver of version ${version} on the PATH of the phone's host, or set the device's key "chromedriver" in devices.json`
}
