import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { createProgram } from '../../../src/cli/program.js'

const maxColumns = 120
const docs = readdirSync('docs').filter(name => name.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...docs.map(name => join('docs', name))]

function withoutCode(page: string): string {
  return readFileSync(page, 'utf8').replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
}

/** The code blocks of a page in one of the languages. */
function blocksOf(page: string, ...languages: string[]): string[] {
  return [...readFileSync(page, 'utf8').matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)].flatMap(
    ([, language = '', text = '']) => (languages.includes(language) ? [text] : []),
  )
}

/** What is wrong with the command lines of Baton in a text: unknown commands and options. */
function faultsOfCommands(text: string): string[] {
  const { commands } = createProgram(() => {})
  const lines = [
    ...text.matchAll(
      /(?:^ *(?:- )?(?:run: )?(?:npx |npm run -s )?|-- )baton (?:-- )?(?<name>[a-z]+)(?<rest>[^#\n]*)/gm,
    ),
  ]
  return lines.flatMap(({ 0: line, groups: { name = '', rest = '' } = {} }) => {
    const command = commands.find(known => known.name() === name)
    if (!command) return [line]
    const options = [...rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g)].map(([option]) => option)
    return options
      .filter(option => !command.options.some(({ long }) => long === option))
      .map(option => `${line}: ${option}`)
  })
}

/** The anchors that GitHub gives to the headings of a page. */
function anchorsOf(page: string): string[] {
  return [...withoutCode(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('the documentation', () => {
  for (const page of pages) {
    it(`${page} has no table that is wider than ${maxColumns} columns`, () => {
      const rows = withoutCode(page)
        .split('\n')
        .filter(line => line.startsWith('|'))
      const wide = rows.filter(row => Array.from(row).length > maxColumns)
      assert.deepEqual(wide, [])
    })

    it(`${page} links only to files and headings that exist`, () => {
      const links = [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
      const broken = links.filter(link => {
        if (/^[a-z]+:/.test(link)) return false
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? page : normalize(join(dirname(page), path))
        if (!existsSync(target)) return true
        return anchor !== undefined && !anchorsOf(target).includes(anchor)
      })
      assert.deepEqual(broken, [])
    })

    it(`${page} has command lines that exist, and valid YAML`, () => {
      assert.deepEqual(blocksOf(page, 'sh', 'yaml', 'bash').flatMap(faultsOfCommands), [])
      for (const block of blocksOf(page, 'yaml')) assert.ok(parseYaml(block))
    })
  }
})
