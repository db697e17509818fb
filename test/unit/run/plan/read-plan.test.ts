import assert from 'node:assert/strict'
import { BatonErrors } from '../../../../src/error/baton-error.js'
import { parsePlan } from '../../../../src/run/plan/read-plan.js'
import type { TestPlan } from '../../../../src/run/plan/test-plan.js'

function parse(text: string, env: Record<string, string> = {}): TestPlan {
  return parsePlan({ text, file: 'plan.json', env, servers: ['chat'] })
}

function errorsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parse(text, env)
  } catch (error) {
    assert(error instanceof BatonErrors, String(error))
    return error.errors.map(problem => problem.format())
  }
  throw new assert.AssertionError({ message: 'expected errors, found none' })
}

/** A plan of one suite, with more keys in it and at the top. */
const plan = (suite: string, top = ''): string =>
  `{ "suites": [{ "name": "a", "modules": "*.ts"${suite && `, ${suite}`} }]${top && `, ${top}`} }`

const suites = (...texts: string[]): string =>
  `{ "suites": [${texts.map(text => `\n{ "modules": "*.ts", ${text} }`).join(',')}] }`

const wordings: { title: string; text: string; errors: string[] }[] = [
  {
    title: 'an unknown key, with the nearest',
    text: plan('"need": []'),
    errors: [
      "BATON_CONFIG_INVALID: plan.json:1:48: suite 'a' has no key 'need' (known: name, modules, grep, order, needs, devices, backup, on, retries, app, env, timeouts).\nHINT: did you mean 'needs'?",
    ],
  },
  {
    title: 'an order that is none',
    text: plan('"order": "serial"'),
    errors: [
      "BATON_CONFIG_INVALID: plan.json:1:57: 'order' of suite 'a': expected one of 'parallel', 'sequential', found \"serial\".",
    ],
  },
  {
    title: 'no suites',
    text: '{ "suites": [] }',
    errors: ["BATON_CONFIG_INVALID: plan.json:1:13: 'suites': expected a list of at least 1, found []."],
  },
  {
    title: 'nothing at all',
    text: '{}',
    errors: [
      "BATON_CONFIG_INVALID: plan.json:1:1: the plan has no 'suites': expected a list of at least 1, found nothing.",
    ],
  },
  {
    title: 'a pattern that is none',
    text: plan('"grep": "("'),
    errors: [
      "BATON_CONFIG_INVALID: plan.json:1:56: 'grep' of suite 'a': expected a regular expression (Invalid regular expression: /(/: Unterminated group), found \"(\".",
    ],
  },
  {
    title: 'a device that can have no such name',
    text: plan('"devices": { "alice": "pixel 8" }'),
    errors: [
      'BATON_CONFIG_INVALID: plan.json:1:70: \'devices.alice\' of suite \'a\': expected a name: a letter or digit, then letters, digits, ".", "_", "-", up to 63, found "pixel 8".',
    ],
  },
  {
    title: 'a variable that is not set',
    text: plan('"env": { "TOKEN": "${env:TOKN}" }'),
    errors: ["BATON_ENV_MISSING: plan.json:1:66: environment variable 'TOKN' is not set.\nHINT: did you mean 'TOKEN'?"],
  },
  {
    title: 'a server that is none, and one where no URL belongs',
    text: plan('"env": { "URL": "${server:chatt}" }, "grep": "${server:chat}"'),
    errors: [
      "BATON_CONFIG_INVALID: plan.json:1:64: 'env.URL' of suite 'a': no server is named 'chatt' (known: chat).\nHINT: did you mean 'chat'?",
      "BATON_CONFIG_INVALID: plan.json:1:93: 'grep' of suite 'a': ${server:chat} is known only in 'baseUrl' and in 'env'.",
    ],
  },
  {
    title: 'names that differ in case only',
    text: suites('"name": "smoke"', '"name": "Smoke"'),
    errors: [
      "BATON_CONFIG_INVALID: plan.json:3:30: suite 'Smoke': that name is already taken at plan.json:2:30.\nHINT: give each suite a unique name; case does not count.",
    ],
  },
  {
    title: 'a suite that needs none of the plan, with the nearest',
    text: suites('"name": "smoke"', '"name": "long", "needs": ["smok"]'),
    errors: [
      "BATON_CONFIG_INVALID: plan.json:3:48: suite 'long' needs a suite 'smok', which the plan does not have (known: 'smoke', 'long').\nHINT: did you mean 'smoke'?",
    ],
  },
  {
    title: 'circles, each once, beside all other errors',
    text: suites(
      '"name": "a", "needs": ["b"]',
      '"name": "b", "needs": ["c", "d"]',
      '"name": "c", "needs": ["b"], "retries": -1',
      '"name": "d", "needs": ["d"]',
    ),
    errors: [
      "BATON_CONFIG_INVALID: plan.json:3:45: suites wait for each other: 'b' needs 'c', 'c' needs 'b'.\nHINT: remove one of these.",
      "BATON_CONFIG_INVALID: plan.json:4:62: 'retries' of suite 'c': expected a whole number from 0 to 100, found -1.",
      "BATON_CONFIG_INVALID: plan.json:5:45: suites wait for each other: 'd' needs 'd'.\nHINT: remove one of these.",
    ],
  },
  {
    title: 'a need that goes against the order of the list',
    text: `{ "order": "sequential", ${suites('"name": "a", "needs": ["c"]', '"name": "b"', '"name": "c"').slice(1)}`,
    errors: [
      "BATON_CONFIG_INVALID: plan.json:2:45: suites wait for each other: 'a' needs 'c', 'c' comes after 'b', 'b' comes after 'a'.\nHINT: remove one of these.",
    ],
  },
]

describe('errors of a plan', () => {
  for (const { title, text, errors } of wordings) {
    it(title, () => assert.deepEqual(errorsOf(text, { TOKEN: 'x' }), errors))
  }
})

describe('parsePlan', () => {
  it('completes each suite with the settings for all', () => {
    const { suites, order, waitTimeoutMs, secrets } = parse(
      `{ "order": "sequential", "on": "phone", "retries": 2, "timeouts": { "test": 5, "module": 6, "wait": 7 },
         "env": ["LANG", "A=1"],
         "suites": [
           { "name": "one", "modules": "a.ts" },
           { "name": "two", "modules": ["b.ts", "c/*.ts"], "order": "sequential", "needs": ["one"], "on": ["host=lab-2"],
             "retries": 0, "timeouts": { "test": 8 }, "env": { "A": "2", "TOKEN": "\${env:SECRET}" }, "grep": "/x/i",
             "devices": { "alice": "pixel", "bob": ["platform=ios", "tablet"] }, "backup": { "alice": ["spare", ["phone"]] } }
         ] }`,
      { SECRET: 'hush-hush' },
    )
    const [one, two] = suites.map(suite => ({ ...suite, places: undefined }))
    assert.deepEqual([order, waitTimeoutMs, secrets], ['sequential', 7, ['hush-hush']])
    assert.deepEqual(one, {
      name: 'one',
      modules: ['a.ts'],
      order: 'parallel',
      needs: [],
      on: ['phone'],
      devices: {},
      backup: {},
      retries: 2,
      testTimeoutMs: 5,
      moduleTimeoutMs: 6,
      env: ['LANG', 'A=1'],
      places: undefined,
    })
    assert.deepEqual(two, {
      name: 'two',
      modules: ['b.ts', 'c/*.ts'],
      order: 'sequential',
      needs: ['one'],
      on: ['host=lab-2'],
      devices: { alice: 'name=pixel', bob: 'platform=ios,tablet' },
      backup: { alice: ['name=spare', 'phone'] },
      grep: '/x/i',
      retries: 0,
      testTimeoutMs: 8,
      moduleTimeoutMs: 6,
      env: ['LANG', 'A=1', 'A=2', 'TOKEN=hush-hush'],
      places: undefined,
    })
    assert.deepEqual(suites[1]?.places.modules[1], { file: 'plan.json', line: 5, column: 49 })
    assert.deepEqual(suites[1]?.places.backup, { alice: { file: 'plan.json', line: 7, column: 94 } })
  })
  it("gives each suite the plan's app, unless it has its own, with its place", () => {
    const { suites } = parse(
      `{ "app": "chat.apk",
         "suites": [{ "name": "one", "modules": "a.ts" },
           { "name": "two", "modules": "a.ts", "app": "../old/chat.apk" }] }`,
    )
    assert.deepEqual(
      suites.map(({ app, places }) => [app, places.app]),
      [
        ['chat.apk', { file: 'plan.json', line: 1, column: 10 }],
        ['../old/chat.apk', { file: 'plan.json', line: 3, column: 55 }],
      ],
    )
  })
})
