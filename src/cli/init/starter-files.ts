/** The devices of a new project, or of one that has a devices.json already. */
export interface StarterDevices {
  driver: 'chromium' | 'android'
  /** Chromium: the names of one or two devices. Android: none, because any phone will do. */
  names: readonly string[]
}

export const starterScript = { name: 'test:devices', command: 'baton run "test/devices/**/*.ts"' }

export const starterTest = 'test/devices/first.ts'

export const starterDevices: Readonly<Record<StarterDevices['driver'], StarterDevices>> = {
  chromium: { driver: 'chromium', names: ['alice', 'bob'] },
  android: { driver: 'android', names: [] },
}

/** What git shouldn't have of a run. */
export const ignoredFolders = ['node_modules/', 'baton-report/', '.baton/']

export function devicesJson({ driver }: StarterDevices): string {
  const devices =
    driver === 'chromium'
      ? `{ "name": "alice", "driver": "chromium", "labels": ["phone"], "emulate": "Pixel 7" },
    { "name": "bob", "driver": "chromium", "labels": ["phone"], "emulate": "iPhone 14 Pro Max" }`
      : `{ "name": "phone", "driver": "android", "discover": true }`
  return `{
  "$schema": "./node_modules/baton/devices.schema.json",
  "devices": [
    ${devices}
  ]
}
`
}

export function firstTest({ driver, names }: StarterDevices): string {
  return driver === 'android' ? androidTest : chromiumTest(names)
}

const androidTest = `import { browser, expect, useDevice } from 'baton'

// Any Android phone will do. For two phones, add a role: bob: ['platform=android']
export const devices = { alice: ['platform=android'] }

describe('a phone', () => {
  it('shows something', async () => {
    await useDevice('alice')
    expect(await browser.getPageSource()).toContain('<hierarchy')
  })
})
`

function chromiumTest([first = 'alice', second]: readonly string[]): string {
  const other = `

    await useDevice('${second}')
    await browser.url(page)
    await expect($('button')).toHaveText('tap me')`
  return `import { $, browser, expect, useDevice } from 'baton'

// Replace it with your app: await browser.url('https://…')
const page = \`data:text/html,<button onclick="this.textContent = 'tapped'">tap me</button>\`

describe('phones', () => {
  it('have pages of their own', async () => {
    await useDevice('${first}')
    await browser.url(page)
    await $('button').click()
    await expect($('button')).toHaveText('tapped')${second === undefined ? '' : other}
  })
})
`
}

export function workflow({ driver }: StarterDevices): string {
  // GitHub's machines have Chrome and ChromeDriver; phones are attached to machines of your own.
  const [runsOn, packages] =
    driver === 'chromium' ? ['ubuntu-latest', 'redis-server'] : ['self-hosted', 'redis-server adb']
  return `name: devices

on:
  push:
  pull_request:

jobs:
  devices:
    runs-on: ${runsOn}
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: npm ci
      - run: sudo apt-get update && sudo apt-get install --yes ${packages}
      - run: npx baton doctor
      - run: npm run ${starterScript.name}
      - uses: actions/upload-artifact@v4
        if: failure()
        with:
          name: baton-report
          path: baton-report
`
}
