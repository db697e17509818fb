import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { codes } from '../../../src/error/codes.js'
import { exitCodeOfClass } from '../../../src/error/format-error.js'

/** The page's sections: code → class that it stands under, and its text on one line. */
function sections(page: string): Map<string, { errorClass: string; text: string }> {
  const found = new Map<string, { errorClass: string; text: string }>()
  for (const chapter of page.split(/^## /m).slice(1)) {
    const [errorClass = '', ...rest] = chapter.split(/^### /m)
    for (const section of rest) {
      const [code = '', ...lines] = section.split('\n')
      found.set(code, { errorClass: errorClass.trim(), text: lines.join(' ').trim() })
    }
  }
  return found
}

describe('docs/errors.md', () => {
  const page = readFileSync('docs/errors.md', 'utf8')
  const documented = sections(page)

  it('has a section for every code and for nothing else', () => {
    assert.deepEqual([...documented.keys()].sort(), Object.keys(codes).sort())
  })

  for (const [code, { class: errorClass, meaning }] of Object.entries(codes)) {
    it(`explains ${code} and what to do, under its class`, () => {
      const section = documented.get(code)
      assert.equal(section?.errorClass, errorClass)
      const text = section?.text ?? ''
      assert.equal(text.slice(0, meaning.length + 1).toLowerCase(), `${meaning}.`.toLowerCase())
      assert(text.length > meaning.length + 10, 'says nothing about what to do')
    })
  }

  it('has the exit code of every class', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` +\|.*\| (\d) +\|$/gm)].map(([, name, exitCode]) => [
      name,
      Number(exitCode),
    ])
    const classes = [...new Set(Object.values(codes).map(({ class: errorClass }) => errorClass))]
    assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(classes.map(name => [name, exitCodeOfClass(name)])))
  })
})
