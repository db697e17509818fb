import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { packageFile } from '../../../src/process/package-root.js'
import { parsePattern } from '../../../src/script/network/message-pattern.js'
import { races } from '../../races/races.js'

describe('the list of races', () => {
  const names = races.map(({ name }) => name).sort()

  it('has every app and every module', () => {
    const namesIn = (folder: string) =>
      readdirSync(packageFile('test', 'races', folder)).map(file => file.replace(/\.\w+$/, ''))
    assert.deepEqual(names, namesIn('apps').sort())
    assert.deepEqual(names, namesIn('modules').sort())
  })

  it('has the names by which the tests are found', () => {
    for (const name of names) {
      assert.match(
        readFileSync(packageFile('test', 'races', 'modules', `${name}.ts`), 'utf8'),
        new RegExp(`^it\\('${name}: `, 'm'),
      )
    }
  })

  it('has only messages that network() accepts, and enough races of each depth', () => {
    const messages = races.flatMap(({ holds }) => holds.flatMap(({ hold, until }) => [hold.message, until.message]))
    for (const message of messages) assert.ok('match' in parsePattern(message), message)
    const shallow = races.filter(({ order }) => order.length <= 2)
    assert.ok(shallow.length >= 8 && races.length - shallow.length >= 3)
  })
})
