import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { packageFile } from '../../../src/process/package-root.js'
import { formatJunit } from '../../../src/report/junit.js'
import { runJsonSchema } from '../../../src/report/run-json-schema.js'
import { faultsOfJunit, faultsOfRunJson } from '../../support/report-schemas.js'
import { everyVerdict, recordOfEvents, Story } from './events.js'

describe('run.schema.json', () => {
  const record = everyVerdict().record()

  it('is generated from the code by npm run schema', () => {
    const text = readFileSync(packageFile('run.schema.json'), 'utf8')
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(runJsonSchema())))
  })

  it('accepts a run with every kind of event, and names every field', () => {
    assert.deepEqual(faultsOfRunJson(JSON.stringify(record)), [])
  })

  it('accepts a run that was cut off after any of its events', () => {
    const { events } = everyVerdict()
    for (let count = 0; count <= events.length; count++) {
      const text = JSON.stringify(recordOfEvents(events.slice(0, count)))
      assert.deepEqual(faultsOfRunJson(text), [], `after ${count} events`)
    }
  })

  it('refuses a run of another version, and one without verdicts', () => {
    assert.notDeepEqual(faultsOfRunJson(JSON.stringify({ ...record, version: 2 })), [])
    const [first, ...rest] = record.modules
    const { verdict: _, ...without } = first ?? assert.fail('no module')
    assert.notDeepEqual(faultsOfRunJson(JSON.stringify({ ...record, modules: [without, ...rest] })), [])
  })
})

describe("Jenkins' schema", () => {
  it('accepts a run with every kind of event', async () => {
    assert.deepEqual(await faultsOfJunit(formatJunit(everyVerdict().record(), 'baton-report/r1')), [])
  })

  it('accepts a run that was killed before it started, and one without modules', async () => {
    assert.deepEqual(await faultsOfJunit(formatJunit(recordOfEvents([]), 'r')), [])
    assert.deepEqual(await faultsOfJunit(formatJunit(new Story().start('a', 'b').record(), 'r')), [])
  })

  it('refuses what it does not know', async () => {
    const xml = formatJunit(everyVerdict().record(), 'r')
    assert.notDeepEqual(await faultsOfJunit(xml.replace('<testcase ', '<testcase device="alice" ')), [])
    assert.notDeepEqual(await faultsOfJunit(xml.replaceAll('skipped>', 'ignored>')), [])
  })
})
