import * as expectWebdriverio from 'expect-webdriverio'
import * as globals from '@wdio/globals'
import * as mocha from 'mocha'
import * as webdriverio from 'webdriverio'
import * as baton from './index.js'
import { ownValue } from '../device/own-value.js'

/** Bundles leave these outside: there is one instance, shared with this process. */
const shared: Readonly<Record<string, object>> = {
  baton,
  mocha,
  webdriverio,
  '@wdio/globals': globals,
  'expect-webdriverio': expectWebdriverio,
}

/** The namespace of a package that a module shares with this process, or of a file in one. */
export async function importSharedPackage(source: string): Promise<object> {
  return ownValue(shared, source) ?? ((await import(source)) as object)
}
