import * as expectWebdriverio from 'expect-webdriverio'
import * as globals from '@wdio/globals'
import * as mocha from 'mocha'
import * as webdriverio from 'webdriverio'
import * as baton from './index.js'
import { expectObjects } from './expect-state.js'
import type { NamedObject } from './object-graph.js'
import { ownValue } from '../device/references.js'

/** Packages that are not bundled: a module uses the same instance as this process. */
const shared: Readonly<Record<string, object>> = {
  // The `expect` of @wdio/globals lacks `soft`, `assertions` and others: imports and the global are the same object.
  baton: { ...baton, expect: expectWebdriverio.expect },
  mocha,
  webdriverio,
  '@wdio/globals': { ...globals, expect: expectWebdriverio.expect },
  'expect-webdriverio': expectWebdriverio,
}

/** What these packages export, by identity one object for all modules of this process. */
export function sharedObjects(): NamedObject[] {
  return [...Object.entries(shared).flatMap(([name, namespace]) => exportsOf(name, namespace)), ...expectObjects()]
}

function exportsOf(name: string, namespace: object): NamedObject[] {
  return Object.entries(namespace).flatMap(([key, value]: [string, unknown]) =>
    (typeof value === 'object' && value !== null) || typeof value === 'function'
      ? [{ object: value, name: key === 'default' ? name : `${name}.${key}` }]
      : [],
  )
}

let onFirstImport: ((objects: NamedObject[]) => void) | undefined
const importedLate = new Set<string>()

/** Passes the objects of a file in a shared package to `listener` before the first module gets them. */
export function onLateImport(listener: (objects: NamedObject[]) => void): void {
  onFirstImport = listener
}

/** Imports a package that modules share with this process, or a file in one. */
export async function importSharedPackage(source: string): Promise<object> {
  const known = ownValue(shared, source)
  if (known) return known
  const namespace = (await import(source)) as object
  if (!importedLate.has(source)) onFirstImport?.(exportsOf(source, namespace))
  importedLate.add(source)
  return namespace
}
