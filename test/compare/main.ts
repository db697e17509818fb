/**
 * Runs the same tests with their own runner and with Baton, and prints where the two differ:
 *
 *   npm run compare -- wdio FOLDER [--config FILE] [--env NAME]… [--all] [specs…]
 *   npm run compare -- mocha FOLDER [--all] [globs…]
 *
 * Fetches nothing: the folder of a WebdriverIO project needs its node_modules. Exit code 1 if something differs.
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { compareMocha } from './compare-mocha.js'
import { compareWdio } from './compare-wdio.js'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    config: { type: 'string' },
    env: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
  },
})
const [kind, given = '', ...files] = positionals
const folder = path.resolve(given)
const { all, env, config } = flags
if (kind === 'wdio' && given !== '') finish(await compareWdio({ folder, config, specs: files, env, all }))
else if (kind === 'mocha' && given !== '')
  finish(await compareMocha(folder, files.length > 0 ? files : ['**/*.fixture.{js,cjs,mjs,ts}'], all))
else {
  process.stderr.write('expected: wdio FOLDER or mocha FOLDER\n')
  process.exitCode = 2
}

function finish(agrees: boolean): void {
  process.exitCode = agrees ? 0 : 1
}
