import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DownloadFolder } from '../../drivers/chromium/download-folder.js'

describe('the folder for downloads', () => {
  let parent: string
  let folder: DownloadFolder
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'downloads-'))
    folder = new DownloadFolder(join(parent, 'downloads'))
    await folder.renew()
    await writeFile(join(folder.path, 'report.txt'), 'a report')
  })
  afterEach(async () => rm(parent, { recursive: true }))

  it('is empty for the next module', async () => {
    await folder.empty()
    assert.deepEqual(await readdir(folder.path), [])
  })

  it('needs a new session if a download is still in progress, because it would reach the next module', async () => {
    await writeFile(join(folder.path, 'film.mp4.crdownload'), 'half')
    await assert.rejects(folder.empty(), /in progress/)
    await folder.renew()
    assert.deepEqual(await readdir(folder.path), [])
  })
})
