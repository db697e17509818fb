/** What Appium's drivers say, and what to do about it where they don't tell, or tell what Baton doesn't do. */
const hints: readonly [says: RegExp, todo: (found: string) => string][] = [
  [
    /No Chromedriver found that can automate Chrome '(\d+)/,
    version =>
      `put a ChromeDriver of version ${version} on the PATH of the phone's host, or name it by the device's key "chromedriver" in devices.json`,
  ],
]

/** What to do about an error that a driver answered; undefined where nothing more is known. */
export function driverHint(message: string): string | undefined {
  for (const [says, todo] of hints) {
    const match = says.exec(message)
    if (match) return todo(match[1] ?? '')
  }
  return undefined
}
