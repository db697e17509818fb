import assert from 'node:assert/strict'
import { readAppFile } from '../../../src/device/app-file.js'

describe('the app under test', () => {
  for (const [file, why] of [
    ['shop.aab', /an app bundle \(\.aab\)/],
    ['shop.apks', /a set of split apps \(\.apks\)/],
    ['SHOP.APKS', /\.apks/],
  ] as const) {
    it(`is refused as ${file}, whether it exists or not, with a hint`, async () => {
      await assert.rejects(readAppFile(file), { name: 'AppFileError', message: why, hint: /bundletool build-apks/ })
    })
  }
})
