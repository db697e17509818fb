import * as expectWebdriverio from 'expect-webdriverio'
import * as globals from '@wdio/globals'
import * as mocha from 'mocha'
import * as webdriverio from 'webdriverio'
import * as baton from './index.js'
import { ownValue } from '../device/references.js'

/** Packages that are not bundled: a module uses the same instance as this process. */
const shared: Readonly<Record<string, object>> = {
  baton,
  mocha,
  webdriverio,
  // Its own `expect` lacks `soft`, `assertions` and others: the import and the global are the same object.
  '@wdio/globals': { ...globals, expect: expectWebdriverio.expect },
  'expect-webdriverio': expectWebdriverio,
}

/** Imports a package that modules share with this process, or a file in one. */
export async function importSharedPackage(source: string): Promise<object> {
  return ownValue(shared, source) ?? ((await import(source)) as object)
}
