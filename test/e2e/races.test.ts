import assert from 'node:assert/strict'
import { packageFile } from '../../src/process/package-root.js'
import type { RunEvent } from '../../src/event/run-event.js'
import { races } from '../races/races.js'
import { Project } from './baton-cli.js'

/** At least one for each kind of message. The others take longer. */
const names = ['edits', 'score', 'presence', 'groceries', 'call', 'reconnect', 'game', 'taxi']

describe('the apps with a race', function () {
  this.timeout(180_000)
  let project: Project
  before(() => (project = new Project({})))
  after(() => project.remove())

  it('fail if the messages of the race are held, and their repaired twins pass', async () => {
    const modules = names.map(name => packageFile('test', 'races', 'modules', `${name}.ts`))
    project.write({
      'plan.json': {
        suites: [
          { name: 'race', modules },
          { name: 'repaired', modules, env: { REPAIRED: '1' } },
        ],
      },
    })
    const devices = packageFile('test', 'races', 'devices.json')
    const setup = packageFile('test', 'races', 'hold-messages.ts')
    const { stdout } = await project.run([
      'run',
      '--plan',
      'plan.json',
      '--devices',
      devices,
      '--setup',
      setup,
      '--json',
    ])
    const events = stdout.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as RunEvent] : []))
    const suites = new Map(
      events.flatMap(event => (event.type === 'run:start' ? event.modules.map(({ id, suite }) => [id, suite]) : [])),
    )
    const failures = new Map(
      events.flatMap(event => {
        if (event.type !== 'test:end') return []
        const [name = ''] = event.title.join(' ').split(':')
        return [[`${name}, ${suites.get(event.module)}`, event.error?.message ?? 'it passed']]
      }),
    )
    for (const { name, failure } of races.filter(race => names.includes(race.name))) {
      assert.match(failures.get(`${name}, race`) ?? 'it did not run', failure, name)
      assert.equal(failures.get(`${name}, repaired`), 'it passed', name)
    }
  })
})
