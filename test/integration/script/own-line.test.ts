import assert from 'node:assert/strict'
import { TestFarm, type Result } from './farm.js'

/** Failures that WebdriverIO throws from deep inside its own code, each caused on line 2 of `act`. */
const failures: Record<string, string> = {
  'waitUntil in a helper': 'await browser.waitUntil(() => false, { timeout: 50 })',
  'an element that never exists': "await $('#nothing').waitForExist({ timeout: 50 })",
  'a click on an element that is not found': "await $('#nothing').click()",
  'an option that is not found': "await $('#nothing').selectByVisibleText('x')",
  'a matcher': "await expect($('#nothing')).toExist({ wait: 50 })",
  'a command with a wrong argument': 'await browser.url(42)',
  'an unknown execute method': "await browser.execute('mobile: nothing')",
  'a nested wait':
    'await browser.waitUntil(async () => { await $("#nothing").waitForExist({ timeout: 20 }); return true }, { timeout: 60 })',
}

describe('the stack of a failure', () => {
  let farm: TestFarm
  before(async () => {
    farm = await TestFarm.start({ size: 1 })
  })
  after(() => farm.close())

  it("contains the script's own line, however deep WebdriverIO is", async () => {
    const tests = Object.entries(failures).map(
      ([title, code]) => `it(${JSON.stringify(title)}, async () => { await new Page().fail(async () => { ${code} }) })`,
    )
    const roles = [farm.role('alice', { waitforTimeout: 50 }), farm.role('bob')]
    const result = await farm.run(
      `class Page { async fail(act) { await this.deeper(act) }\nasync deeper(act) { await act() } }\n${tests.join('\n')}`,
      { roles },
    )
    const withoutLine = failedTests(result).filter(({ stack }) => !/test\/modules\/m\d+\.ts:\d+:\d+/.test(stack))
    assert.equal(failedTests(result).length, tests.length)
    assert.deepEqual(withoutLine, [])
  })
})

function failedTests({ events }: Result): { title: string; stack: string }[] {
  return events.flatMap(event =>
    event.type === 'test:end' && event.error
      ? [{ title: event.title.join(' '), stack: event.error.stack ?? event.error.message }]
      : [],
  )
}
