/** How ChromeDriver says that the webview is gone; Appium passes it on as if its own session were. */
const gone =
  /^(invalid session id|disconnected|tab crashed|chrome not reachable)\b|page crash|not connected to DevTools/

/** Whether an answer that tells of a lost session may tell of a webview. */
export function tellsOfWebview(fault: string): boolean {
  return gone.test(fault)
}
