import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { androidKeys, completeKeys } from '../../../drivers/android/android-keys.js'

describe('docs/android.md', () => {
  const text = readFileSync('docs/android.md', 'utf8')
  const documented = [...text.matchAll(/^\| `(\w+)`(?: \(default\))? +\|/gm)].map(match => match[1])

  it('has a row for every key, limit and setting', () => {
    const { health, prepare, ...keys } = androidKeys.shape
    const inner = [health, prepare].flatMap(schema => Object.keys(schema.unwrap().shape))
    const all = [...Object.keys(keys), 'health', 'prepare', ...inner]
    assert.deepEqual(
      all.filter(key => !documented.includes(key)),
      [],
    )
  })

  it('states the default limits', () => {
    for (const [key, value] of Object.entries(completeKeys({}).limits)) {
      if (typeof value === 'number') assert.match(text, new RegExp(String.raw`^\| \`${key}\` +\| ${value} +\|`, 'm'))
    }
  })
})
