import path from 'node:path'
import { peerCapabilities, addressVariable, instancesVariable } from './module-files.js'

/** WebdriverIO's testrunner on the modules of a contest: run where they are. */
export const config: WebdriverIO.Config = {
  runner: 'local',
  specs: [path.resolve('with-globals/*.js')],
  maxInstances: Number(process.env[instancesVariable]),
  ...(JSON.parse(process.env[addressVariable] ?? '{}') as object),
  path: '/',
  capabilities: [peerCapabilities(process.cwd())],
  logLevel: 'error',
  framework: 'mocha',
  reporters: [],
  mochaOpts: { timeout: 60_000 },
}
