import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Chromedrivers } from '../../drivers/android/session/chromedrivers.js'
import { makeOwnedDirectory } from '../../src/process/owned-directory.js'

describe('the ChromeDrivers of a phone', () => {
  it('are linked again by each attempt, and killed under any name of their folder', async () => {
    const folder = await makeOwnedDirectory('chromedrivers')
    const tools = join(folder.path, 'tools')
    const workDir = join(folder.path, 'a phone of mine')
    try {
      await mkdir(tools)
      await writeFile(join(tools, 'chromedriver'), '#!/bin/sh\necho up\nread line\n', { mode: 0o755 })
      const nothing = join(folder.path, 'nothing')
      await assert.rejects(Chromedrivers.link(nothing, {}, workDir), { code: 'BATON_TOOL_MISSING' })
      const found = [await Chromedrivers.link(tools, {}, workDir), await Chromedrivers.link(tools, {}, workDir)]
      const running = spawn(join(found[1]?.directory ?? '', 'chromedriver'))
      const exit = once(running, 'exit')
      await once(running.stdout, 'data')
      await found[1]?.killAll()
      assert.deepEqual(await exit, [null, 'SIGKILL'])
    } finally {
      await folder.remove()
    }
  })
})
