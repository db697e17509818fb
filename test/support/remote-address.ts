export interface RemoteAddress {
  hostname: string
  port: number
  headers: { authorization: string }
}

/** Where WebdriverIO's own `remote()` finds a host's Appium server. @param url - with user and password */
export function remoteAddress(url: string): RemoteAddress {
  const { hostname, port, username, password } = new URL(url)
  // WebdriverIO's options `user` and `key` apply to the first request only.
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return { hostname, port: Number(port), headers: { authorization } }
}
