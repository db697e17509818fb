import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { addIgnored, addScript, lacksBaton } from '../../../src/cli/init/edit-files.js'
import { planInit } from '../../../src/cli/init/plan-init.js'
import { askDevices, Asking, askToWrite } from '../../../src/cli/init/questions.js'
import { firstTest, starterDevices } from '../../../src/cli/init/starter-files.js'

describe('baton init', () => {
  const files = new Map<string, string>()
  const plan = () => planInit(starterDevices.chromium, path => files.get(path))
  const apply = (): void => {
    for (const { path, text } of plan()) if (text !== undefined) files.set(path, text)
  }
  beforeEach(() => files.clear())

  it('changes nothing that it has written', () => {
    apply()
    assert.equal(files.size, 5)
    assert.deepEqual(
      plan().map(({ action }) => action),
      ['keep', 'keep', 'keep', 'keep', 'keep'],
    )
  })

  it('keeps files of the user, and adds only what they lack', () => {
    const own = {
      'devices.json': '{ "devices": [] } // mine',
      'package.json': '{\n    "name": "x",\n    "scripts": { "a": "b" }\n}\n',
      '.gitignore': '/node_modules\n*.log',
    }
    for (const [path, text] of Object.entries(own)) files.set(path, text)
    apply()
    assert.equal(files.get('devices.json'), own['devices.json'])
    assert.deepEqual(JSON.parse(files.get('package.json') ?? ''), {
      name: 'x',
      scripts: { a: 'b', 'test:devices': 'baton run "test/devices/**/*.ts"' },
    })
    assert.match(files.get('package.json') ?? '', /^\{\n {4}"name": "x",\n {4}"scripts"/)
    assert.equal(files.get('.gitignore'), '/node_modules\n*.log\nbaton-report/\n.baton/\n')
  })

  it('keeps a script of that name, and tabs', () => {
    assert.equal(addScript('{ "scripts": { "test:devices": "mine" } }'), undefined)
    assert.match(addScript('{\n\t"name": "x"\n}\n') ?? '', /^\t"scripts": \{\n\t\t"test:devices"/m)
  })

  it('refuses a package.json that is none', () => {
    for (const text of ['{ "name": ', '[]', '{ "scripts": "x" }'])
      assert.throws(() => addScript(text), /BATON_CONFIG_INVALID|expected a package.json/)
  })

  it('does not list a folder that git ignores already', () => {
    assert.equal(addIgnored('node_modules\n/.baton/\nbaton-report\r\n'), undefined)
  })

  it('knows whether Baton is installed', () => {
    assert.equal(lacksBaton(undefined), true)
    assert.equal(lacksBaton('{ "devDependencies": { "baton": "1" } }'), false)
  })

  it('writes the test for the devices that there are', () => {
    assert.match(
      firstTest({ driver: 'chromium', names: ['pixel', 'tab'] }),
      /useDevice\('pixel'\)[^]*useDevice\('tab'\)/,
    )
    assert.doesNotMatch(firstTest({ driver: 'chromium', names: ['one'] }), /undefined/)
    assert.match(firstTest(starterDevices.android), /\['platform=android'\]/)
  })

  describe('asks', () => {
    const opened: Asking[] = []
    afterEach(() => opened.splice(0).forEach(asking => asking.close()))

    /** Types each answer at its prompt; ends the input after the last one. */
    function typing(...answers: string[]): Asking {
      const input = new PassThrough()
      const output = new PassThrough()
      output.on('data', (text: Buffer) => {
        if (!text.toString().endsWith('] ')) return
        const answer = answers.shift()
        if (answer === undefined) input.end()
        else input.write(`${answer}\n`)
      })
      const asking = new Asking(input, output)
      opened.push(asking)
      return asking
    }

    it('which devices, until the answer is one of them', async () => {
      const asking = typing('three', '2')
      assert.equal(await askDevices(asking), 'android')
      const silent = typing('')
      assert.equal(await askDevices(silent), 'chromium')
    })

    it('before it writes; the end of the input means no', async () => {
      const changes = plan()
      const yes = typing('')
      assert.equal(await askToWrite(yes, changes), true)
      const no = typing('n')
      assert.equal(await askToWrite(no, changes), false)
      const gone = typing()
      assert.equal(await askToWrite(gone, changes), false)
    })
  })
})
