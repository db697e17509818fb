import { extname } from 'node:path'

/** Kinds of app files that look as if they could be installed, and why they can't. */
const bundles: Record<string, string> = {
  '.aab':
    'an app bundle (.aab) is what a shop makes apps of: build an .apk, or one with `bundletool build-apks --mode=universal`',
  '.apks':
    'a set of split apps (.apks) is made for one phone each: build one .apk with `bundletool build-apks --mode=universal`',
}

/** Why a file cannot be the app under test; undefined where its name says nothing against it. */
export function appFault(file: string): string | undefined {
  const extension = extname(file).toLowerCase()
  return bundles[extension] ?? (extension === '.apk' ? undefined : `expected an .apk, found '${extension}'`)
}
