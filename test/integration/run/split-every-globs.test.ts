import assert from 'node:assert/strict'
import { splitEveryGlobs } from '../../../src/cli/split-every-globs.js'
import { packageFile } from '../../../src/process/package-root.js'

const meant = (every: string, ...globs: string[]): [string[], string | true | undefined] => {
  const [found, flags] = splitEveryGlobs(globs, { output: 'baton-report', every }, packageFile('.'))
  return [found, flags.every]
}

describe('the value of --every', () => {
  it('is labels, unless it names the modules: a glob, a file, or a folder if there is no other glob', () => {
    assert.deepEqual(meant('platform=android,tablet', 'm'), [['m'], 'platform=android,tablet'])
    assert.deepEqual(meant('test/*.ts', 'm'), [['test/*.ts', 'm'], true])
    assert.deepEqual(meant('README.md', 'docs'), [['README.md', 'docs'], true])
    assert.deepEqual(meant('docs'), [['docs'], true])
    assert.deepEqual(meant('docs', 'm'), [['m'], 'docs'])
    assert.deepEqual(meant('tablet'), [[], 'tablet'])
  })
})
