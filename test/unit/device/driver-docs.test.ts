import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { packageFile } from '../../../src/process/package-root.js'

describe('docs/writing-a-driver.md', () => {
  it('shows the driver that the conformance tests run', async () => {
    const page = await readFile(packageFile('docs', 'writing-a-driver.md'), 'utf8')
    const driver = await readFile(packageFile('test', 'support', 'example-driver.ts'), 'utf8')
    assert.ok(page.includes(`\`\`\`ts\n${driver}\`\`\``), 'copy test/support/example-driver.ts into the page')
  })
})
