import assert from 'node:assert/strict'
import { fakeFarm, Project } from './baton-cli.js'

describe('what baton run prints without a terminal', () => {
  const project = new Project({
    'devices.json': fakeFarm('alice'),
    'shop/m.ts': `
      it('fails', () => {
        throw new Error('100% wrong')
      })`,
  })
  after(() => project.remove())

  it('is plain lines, and in GitHub Actions an annotation at the place of each failure', async () => {
    const inActions = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: project.directory, TERM: 'xterm-256color' }
    const { stdout, exitCode } = await project.run(['run', 'shop/*.ts'], inActions)
    assert.equal(exitCode, 1)
    assert.match(
      stdout,
      /^1 module, run .*\n\nstart {4}shop\/m\.ts on device: alice\nfailed {3}shop\/m\.ts {2}1 failed, /,
    )
    assert.match(stdout, /\nModules {2}1 failed \(1\)\n/)
    const place = 'file=shop/m.ts,line=3,col=15,title=shop/m.ts%3A fails'
    assert.equal(stdout.trimEnd().split('\n').at(-1), `::error ${place}::Error: 100%25 wrong%0Aactive device: alice`)
    assert.doesNotMatch(stdout, /[^\P{Cc}\n]/u)
  })
})
