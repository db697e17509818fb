import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { constants, Script } from 'node:vm'
import { assignmentPrograms } from './assignment-programs.js'
import { programs as usualPrograms } from './node-programs.js'
import { execute, loadOne, Project } from './project.js'

const programs = { ...usualPrograms, ...assignmentPrograms }

/** Prints what the programs see. */
const judge = `
  const seen = {}
  for (const [name, file] of JSON.parse(process.argv[2])) {
    const loaded = await import(file)
    seen[name] = loaded.seen ?? loaded.default.seen
  }
  console.log(JSON.stringify(seen))`

describe('a bundled program', () => {
  let project: Project
  const judged: Record<string, unknown> = {}
  before(async () => {
    const files = Object.entries(programs).flatMap(([folder, program]) =>
      Object.entries(program).map(([name, text]) => [`${folder}/${name}`, text] as const),
    )
    project = await Project.create({ ...Object.fromEntries(files), 'judge.mjs': judge })
    const entries = Object.keys(programs).map(name => [name, project.path(entryOf(name))] as const)
    const isTypeScript = (file: string): boolean => file.endsWith('ts')
    await Promise.all([
      run(entries.filter(([, file]) => !isTypeScript(file))),
      run(
        entries.filter(([, file]) => isTypeScript(file)),
        // It reads one tsconfig.json only.
        ['--import', import.meta.resolve('tsx')],
        { TSX_TSCONFIG_PATH: project.path('decorators/tsconfig.json') },
      ),
    ])
  })
  after(() => project[Symbol.asyncDispose]())

  async function run(
    entries: (readonly [string, string])[],
    flags: string[] = [],
    env: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const args = [...flags, project.path('judge.mjs'), JSON.stringify(entries)]
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd: project.cwd,
      env: { ...process.env, ...env },
    })
    Object.assign(judged, JSON.parse(stdout))
  }

  for (const name of Object.keys(programs)) {
    it(`does what Node does: ${name}`, async () => {
      const [loaded] = await project.load([entryOf(name)])
      assert.ok(loaded)
      const { exports } = await execute(loaded, project.cwd)
      const { seen } = 'seen' in exports ? exports : (exports['default'] as typeof exports)
      assert.deepEqual(JSON.parse(JSON.stringify(seen)), judged[name])
    })
  }
})

describe('a function that is sent to a page', () => {
  it('needs no helper of the bundler, also in a file with decorators', async () => {
    const loaded = await loadOne({
      'chat.ts': `
        const note = (target: Function, context: ClassDecoratorContext) => {}
        @note class Page { static title = Page.name }
        export const send = (): number => {
          const arrow = () => 1
          const expression = function () { return arrow() }
          function declaration() { return expression() }
          class Local { static of = declaration() }
          return Local.of
        }
        export const title = Page.title`,
    })
    const { exports } = await execute(loaded)
    const sent = String(exports['send'])
    // oxlint-disable-next-line typescript/no-implied-eval -- as a page does
    assert.equal(new Function(`return (${sent})()`)(), 1, sent)
    assert.equal(exports['title'], 'Page')
  })

  it('may import there', async () => {
    const loaded = await loadOne({ 'chat.ts': 'export const send = (url: string) => import(url)' })
    const { exports } = await execute(loaded)
    const sent = new Script(`(${String(exports['send'])})('data:text/javascript,export default 1')`, {
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    assert.equal(((await sent.runInNewContext()) as { default: number }).default, 1)
  })
})

function entryOf(name: string): string {
  return `${name}/${Object.keys(programs[name] ?? {})[0]}`
}
