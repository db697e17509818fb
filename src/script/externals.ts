import { isBuiltin } from 'node:module'
import * as expectWebdriverio from 'expect-webdriverio'
import * as globals from '@wdio/globals'
import * as mocha from 'mocha'
import * as webdriverio from 'webdriverio'
import * as baton from './index.js'

/** What bundles leave outside: one instance, shared with this process. */
const shared: Readonly<Record<string, unknown>> = {
  baton,
  mocha,
  webdriverio,
  '@wdio/globals': globals,
  'expect-webdriverio': expectWebdriverio,
}

/** The namespace of a module that a bundle left outside. */
export function importExternal(specifier: string): unknown {
  if (Object.hasOwn(shared, specifier)) return shared[specifier]
  if (isBuiltin(specifier)) return builtinNamespace(specifier)
  throw new Error(`'${specifier}' is neither part of the bundle nor of this host`)
}

function builtinNamespace(specifier: string): object {
  const exports: unknown = process.getBuiltinModule(specifier)
  return typeof exports === 'object' || typeof exports === 'function'
    ? { ...exports, default: exports }
    : { default: exports }
}
