import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FileEvent } from '../../../src/event/run-event.js'
import { sha256 } from '../../../src/module/asset.js'
import { ProjectFiles } from '../../../src/run/project-files.js'

describe('files that come back into a project', () => {
  let cwd: string
  let files: ProjectFiles
  beforeEach(async () => {
    cwd = await mkdtemp(path.join(tmpdir(), 'baton-test-'))
    files = projectFiles(true)
  })
  const projectFiles = (removesSnapshots: boolean): ProjectFiles =>
    new ProjectFiles({ cwd, moduleNames: new Map([['m1', 'one.ts']]), removesSnapshots })
  afterEach(() => rm(cwd, { recursive: true }))

  const event = (name: string, content: string, more: Partial<FileEvent> = {}): FileEvent => ({
    type: 'file',
    module: 'm1',
    lease: '1',
    attempt: 1,
    name,
    change: 'added',
    bytes: content.length,
    hash: sha256(content),
    ...more,
  })

  /** @returns why it was refused; undefined if it was written */
  async function deliver(name: string, content: string, more: Partial<FileEvent> = {}): Promise<string | undefined> {
    const written = event(name, content, more)
    const problem = await files.problemOf(written)
    if (problem === undefined) {
      await files.write(
        written,
        (async function* () {
          yield Buffer.from(content)
        })(),
      )
    }
    return problem
  }

  const read = async (name: string): Promise<string> => readFile(path.join(cwd, name), 'utf8')

  /** Writes a file of the user; at a time after the run has started, unless it is old. */
  async function userWrites(name: string, content: string, age: 'old' | 'new'): Promise<void> {
    await mkdir(path.dirname(path.join(cwd, name)), { recursive: true })
    await writeFile(path.join(cwd, name), content)
    const time = Date.now() / 1_000 + (age === 'old' ? -60 : 60)
    await utimes(path.join(cwd, name), time, time)
  }

  it('replace what an earlier run or attempt wrote', async () => {
    await userWrites('a/x.txt', 'earlier run', 'old')
    assert.equal(await deliver('a/x.txt', 'first'), undefined)
    assert.equal(await deliver('a/x.txt', 'second', { attempt: 2, lease: '2' }), undefined)
    assert.equal(await read('a/x.txt'), 'second')
    assert.deepEqual(await readdir(path.join(cwd, 'a')), ['x.txt'])
  })

  it('never replace what another module wrote, or what the user changed meanwhile', async () => {
    assert.equal(await deliver('x.txt', 'one'), undefined)
    assert.equal(await deliver('x.txt', 'two', { module: 'm2' }), 'one.ts wrote different content to it')
    assert.equal(await deliver('x.txt', 'one', { module: 'm2' }), undefined)
    const changed = 'it has changed in the project since the run started'
    await userWrites('y.txt', 'mine', 'new')
    assert.equal(await deliver('y.txt', 'theirs'), changed)
    await userWrites('sent.txt', 'mine', 'old')
    assert.equal(await deliver('sent.txt', 'theirs', { change: 'changed', sent: sha256('as sent') }), changed)
    assert.equal(await deliver('sent.txt', 'theirs', { change: 'changed', sent: sha256('mine') }), undefined)
    assert.deepEqual([await read('x.txt'), await read('y.txt'), await read('sent.txt')], ['one', 'mine', 'theirs'])
  })

  it('are appended to, whoever wrote before', async () => {
    await userWrites('log', 'user\n', 'new')
    for (const module of ['m1', 'm2'])
      assert.equal(await deliver('log', `${module}\n`, { change: 'appended', module }), undefined)
    assert.equal(await deliver('fresh', 'm1\n', { change: 'appended' }), undefined)
    assert.deepEqual([await read('log'), await read('fresh')], ['user\nm1\nm2\n', 'm1\n'])
  })

  it('never leave the project, whatever their names and its links', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'baton-test-'))
    try {
      await symlink(outside, path.join(cwd, 'link'))
      await symlink(path.join(outside, 'file'), path.join(cwd, 'file-link'))
      await symlink('/nowhere/at/all', path.join(cwd, 'broken'))
      const names = [
        '../x',
        '/etc/x',
        'a/../../x',
        '',
        '.',
        'a\0b',
        'link/x',
        'link/a/b',
        'file-link',
        'broken/x',
        'broken',
      ]
      for (const name of names) assert.notEqual(await deliver(name, 'evil'), undefined, name)
      for (const name of [
        '.git/config',
        'a/.GIT/hooks/x',
        'node_modules/a/index.js',
        '.env',
        'a/.npmrc',
        '.vscode/x',
      ]) {
        assert.equal(await deliver(name, 'evil'), 'modules may not change such files', name)
      }
      assert.deepEqual(await readdir(outside), [])
      await mkdir(path.join(cwd, 'folder'))
      assert.equal(await deliver('folder', 'x'), 'the project has a folder of that name')
      assert.equal(await deliver('...dots/..x', 'fine'), undefined)
    } finally {
      await rm(outside, { recursive: true })
    }
  })

  it('are not removed, not even stored snapshots, unless snapshots are updated', async () => {
    files = projectFiles(false)
    await userWrites('a.snap', 'sent', 'old')
    assert.notEqual(await deliver('a.snap', '', { change: 'deleted', sent: sha256('sent') }), undefined)
    assert.equal(await read('a.snap'), 'sent')
  })

  it('are removed only if they are stored snapshots that nobody has changed', async () => {
    for (const name of ['a.txt', 'a.snap', 'b.snap']) await userWrites(name, 'sent', 'old')
    const gone = { change: 'deleted', sent: sha256('sent') } as const
    assert.equal(await deliver('a.txt', '', gone), 'only the copy of the module was removed')
    assert.equal(await deliver('a.snap', '', gone), undefined)
    await userWrites('b.snap', 'changed', 'old')
    assert.notEqual(await deliver('b.snap', '', gone), undefined)
    assert.deepEqual((await readdir(cwd)).toSorted(), ['a.txt', 'b.snap'])
  })
})
