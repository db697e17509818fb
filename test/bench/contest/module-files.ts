import type { Files } from '../../e2e/baton-cli.js'

/** Where a module leaves two times: of its first line and of its end. Relative to the project. */
export const stampsFile = 'stamps'

/** Of the environment: where the peers find their Appium server, as options of WebdriverIO (JSON). */
export const addressVariable = 'BENCH_APPIUM'

/** Of the environment: how many instances WebdriverIO's testrunner may run at a time. */
export const instancesVariable = 'BENCH_INSTANCES'

/** The app that every device shows. Relative to the project. */
export const appFile = 'app.xml'

/**
 * Of a session that WebdriverIO opens itself: without BiDi, like those of Baton's fake devices.
 * @param directory - absolute path of the project
 */
export function peerCapabilities(directory: string): WebdriverIO.Capabilities {
  return {
    platformName: 'Fake',
    'appium:automationName': 'Fake',
    'appium:app': `${directory}/${appFile}`,
    'wdio:enforceWebDriverClassic': true,
  }
}

export interface ModuleFiles {
  modules: number
  /** Milliseconds that each waits after its three commands. */
  waitMs: number
  /** Absolute path of the project. */
  directory: string
}

/** The same modules twice: with the globals of WebdriverIO, and for mocha alone with a session of their own. */
export function moduleFiles({ modules, waitMs, directory }: ModuleFiles): Files {
  const test = (head: string) => `
import { appendFileSync } from 'node:fs'
${head}
const began = Date.now()

it('acts and waits', async () => {
  await browser.$('//MockListItem').getText()
  await browser.getOrientation()
  await new Promise(resolve => setTimeout(resolve, ${waitMs}))
  appendFileSync(${JSON.stringify(`${directory}/${stampsFile}`)}, \`\${began} \${Date.now()}\\n\`)
})
`
  const withGlobals = test(`import { browser } from '@wdio/globals'`)
  const withRemote = test(remoteHead(directory))
  const files: Files = {}
  for (let index = 0; index < modules; index++) {
    files[`with-globals/${index}.js`] = withGlobals
    files[`with-remote/${index}.js`] = withRemote
  }
  return files
}

function remoteHead(directory: string): string {
  return `import { remote } from 'webdriverio'

let browser
before(async () => {
  const address = JSON.parse(process.env.${addressVariable})
  const capabilities = ${JSON.stringify(peerCapabilities(directory))}
  browser = await remote({ ...address, logLevel: 'error', capabilities })
})
after(() => browser.deleteSession())
`
}
