import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Project, type CliResult } from './baton-cli.js'
import { RunOutcome } from './run-outcome.js'

const files = {
  'devices.json': { devices: [{ name: 'one', driver: 'fake' }] },
  'prints.mjs': `it('prints', () => { for (let i = 0; i < 90; i++) console.log(String(i).repeat(2000)) })`,
  'writes.mjs': `
    import { writeFileSync } from 'node:fs'
    it('writes', () => { writeFileSync('disk/large.txt', 'x'.repeat(400_000)); writeFileSync('disk/small.txt', 'x') })`,
}

/** A project with a small file system in it, the folder `disk`. */
class SmallDisk {
  readonly project = new Project(files)
  readonly folder = path.join(this.project.directory, 'disk')

  /** @param options - of the mount */
  constructor(options = 'size=200k') {
    mkdirSync(this.folder)
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', this.folder])
  }

  /** Leaves no room for another byte. */
  fill(): void {
    try {
      writeFileSync(path.join(this.folder, 'filling'), Buffer.alloc(1_000_000))
    } catch {
      // It is full now.
    }
  }

  remove(): void {
    execFileSync('umount', ['-l', this.folder])
    this.project.remove()
  }
}

describe('a full disk', function () {
  const disks: SmallDisk[] = []
  const mount = (options?: string): SmallDisk => {
    const disk = new SmallDisk(options)
    disks.push(disk)
    return disk
  }
  before(function () {
    // Only root may mount a file system that is small enough to be filled, and in some containers not even root.
    try {
      mount()
    } catch {
      this.skip()
    }
  })
  afterEach(() => {
    for (const disk of disks.splice(0)) disk.remove()
  })

  function assertFull({ exitCode, stdout, stderr }: CliResult, file: string): void {
    const text = stderr + stdout
    assert.match(
      text,
      new RegExp(`BATON_WRITE_FAILED: \\S*${file}\\S*: .* cannot be written: the disk is full \\(ENOSPC`),
    )
    assert.match(text, /HINT: free space there, or use a folder on another disk/)
    assert.doesNotMatch(text, /BATON_INTERNAL|please report/)
    assert.equal(exitCode, 3)
  }

  it('for the report, from the start or later: the results are shown', async () => {
    const { project } = mount()
    const result = await project.run(['run', 'prints.mjs', '--output', 'disk/out'])
    assertFull(result, 'events.ndjson')
    assert.match(result.stdout, /passed {3}prints\.mjs/)
    const noFolder = mount('size=200k,nr_inodes=1').project
    assertFull(await noFolder.run(['run', 'prints.mjs', '--output', 'disk/out']), 'disk/out')
  })

  it("for a host's temporary files: the run ends at once", async () => {
    const disk = mount()
    disk.fill()
    assertFull(await disk.project.run(['run', 'prints.mjs'], { TMPDIR: disk.folder }), 'disk')
  })

  it('for a file that a module writes: a warning, and the other files are there', async () => {
    const { project, folder } = mount()
    const result = await project.run(['run', 'writes.mjs', '--json'])
    assert.equal(result.exitCode, 0, result.stderr)
    const written = new RunOutcome(result).events.filter(({ type }) => type === 'file')
    assert.match(JSON.stringify(written), /large\.txt.*cannot be written: the disk is full \(ENOSPC\)/)
    assert.equal(readFileSync(path.join(folder, 'small.txt'), 'utf8'), 'x')
  })

  it('for the history: a warning', async () => {
    const { project, folder } = mount()
    const history = 'disk/history.json'
    symlinkSync(folder, path.join(project.directory, '.baton'))
    project.write({ [history]: '{}', 'passes.mjs': "it('passes', () => {})" })
    writeFileSync(path.join(folder, 'filling'), Buffer.alloc(196_000))
    const { exitCode, stderr } = await project.run(['run', 'passes.mjs'])
    assert.equal(exitCode, 0, stderr)
    assert.match(stderr, /history\.json: the history cannot be written: the disk is full/)
    assert.equal(project.read(history), '{}')
  })
})
