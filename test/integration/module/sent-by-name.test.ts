import assert from 'node:assert/strict'
import { Project } from './project.js'

/** What a module names so that it can be sent, and what it does not name or only writes. */
const named = [
  'data/a.json',
  'data/photo.png',
  'data/typed.txt',
  'pages/a form.html',
  'test/c.txt',
  'test/d.txt',
  'test/fixtures/b.txt',
  'test/many/1.txt',
  'test/many/deep/2.txt',
  'test/old.txt',
  'test/pages/users/amy.json',
]
const unnamed = [
  '.env',
  'data/unused.json',
  'huge.bin',
  'node_modules/x/data.json',
  'out/before.png',
  'out/old.png',
  'out/result.txt',
  'test/e.txt',
  'test/log.txt',
]

describe('files that a module names', () => {
  it('need not be declared if the code names them', async () => {
    await using project = await Project.create({
      'test/chat.ts': `
        import fs, { readFileSync as read, promises } from 'node:fs'
        import path, { join } from 'node:path'
        import { fileURLToPath, pathToFileURL } from 'node:url'
        import { fixtures, user } from './pages/paths'
        import './old.cjs'
        import '../data/a.json'
        const here = path.dirname(fileURLToPath(import.meta.url))
        const html = path.resolve(here, '..', 'pages', 'a form.html')
        export const page = pathToFileURL(html).href
        const LOG = path.join(here, 'log.txt'), OUT = 'out/result.txt'
        export const tests = async (browser: any, name: string) => {
          read('data/a.json'); read(join(fixtures, 'b.txt')); user(name); fs.readdirSync(here + '/many')
          for (const each of ['c', 'd']) await promises.readFile(\`\${here}/\${each}.txt\`)
          await browser.uploadFile('./data/photo.png'); await browser.$('input').setValue(path.resolve('data/typed.txt'))
          await import(new URL('computed.ts', import.meta.url).href)
          await browser.saveScreenshot('out/' + name + '.png'); await browser.saveScreenshot('out/old.png')
          fs.appendFileSync(LOG, 'x'); fs.writeFileSync(OUT, ''); fs.existsSync(LOG)
          read('.env'); read('node_modules/x/data.json'); read('/etc/passwd'); read('huge.bin'); read('../outside.txt')
          return [1, 2].join('data/unused.json')
        }`,
      'test/pages/paths.ts': `
        import { join } from 'path'; import { readFileSync } from 'fs'
        export const fixtures = new URL('../fixtures', import.meta.url).pathname
        export const user = (name: string) => JSON.parse(readFileSync(join(__dirname, 'users', name + '.json'), 'utf8'))`,
      'test/old.cjs': `const { join: at } = require('path'); exports.text = () => require('fs').readFileSync(at(__dirname, 'old.txt'))`,
      'test/computed.ts': 'export const x: number = 1',
      ...Object.fromEntries(
        [...named, ...unnamed].map(name => [
          name,
          name === 'huge.bin' ? Buffer.alloc(9 * 2 ** 20) : JSON.stringify(name),
        ]),
      ),
    })
    const [loaded] = await project.load(['test/chat.ts'])
    assert.deepEqual(
      loaded && loaded.bundle.files.map(file => file.path).toSorted(),
      [...named, 'test/computed.ts'].toSorted(),
    )
  })
})
