/** Packages that a module shares with the worker that executes it: one instance, never bundled. */
export const sharedPackages = ['baton', 'webdriverio', '@wdio/globals', 'mocha', 'expect-webdriverio'] as const

export function isSharedPackage(source: string): boolean {
  return sharedPackages.some(name => source === name || source.startsWith(`${name}/`))
}

/** `@scope/name` or `name` of a bare import; undefined for a path, a URL or a `#` import. */
export function packageOfImport(source: string): string | undefined {
  return /^(@[^/]+\/[^/]+|[^@./#][^/:]*)(?:\/|$)/.exec(source)?.[1]
}
