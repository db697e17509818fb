/** Packages that a module shares with its worker: one instance, never bundled. */
export const sharedPackages = ['baton', 'webdriverio', '@wdio/globals', 'mocha', 'expect-webdriverio'] as const

export function isSharedPackage(source: string): boolean {
  return sharedPackages.some(name => source === name || source.startsWith(`${name}/`))
}

/** Returns `@scope/name` or `name` of a bare import; undefined for a path, a URL or a `#` import. */
export function packageOfImport(source: string): string | undefined {
  return /^(@[^/]+\/[^/]+|[^@./#][^/:]*)(?:\/|$)/.exec(source)?.[1]
}

/** Returns the package that a file of `node_modules` belongs to. */
export function packageOfFile(file: string): string | undefined {
  const inside = file.split(/(?:^|\/)node_modules\//).at(-1)
  return inside === undefined || inside === file ? undefined : packageOfImport(inside)
}
