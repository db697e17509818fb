import { fileURLToPath } from 'node:url'
import { packageFile } from '../../../src/process/package-root.js'
import type { WarmFarm } from '../warm-farm.js'

/** Who runs the modules. */
export interface Contestant {
  name: string
  /** Arguments of Node, on servers that run already. */
  warm: readonly string[]
  /** The same where nothing runs yet; absent: the contestant is compared warm only. */
  cold?: readonly string[]
  /** Starts and stops its own Appium; for the others one is started, and stopped, as a part of their cold command. */
  ownAppium: boolean
  /** Takes so long that it is measured in the first round only. */
  slow: boolean
}

const mochaScript = fileURLToPath(new URL('bin/mocha.js', import.meta.resolve('mocha')))
const testrunnerScript = fileURLToPath(new URL('../bin/wdio.js', import.meta.resolve('@wdio/cli')))
const testrunnerConfig = fileURLToPath(new URL('wdio.conf.js', import.meta.url))
const baton = packageFile('dist', 'src', 'cli', 'main.js')
const ownModules = 'with-globals/*.js'

/** @param coldFile - devices.json of a farm of its own, relative to the project; absent: it is compared warm only */
export function batonOn(name: string, farm: WarmFarm, coldFile?: string): Contestant {
  return {
    name,
    warm: [baton, ...farm.runArguments(ownModules)],
    ...(coldFile !== undefined && { cold: [baton, 'run', ownModules, '--devices', coldFile] }),
    ownAppium: true,
    slow: false,
  }
}

/** @param instances - of each, at a time */
export function peersWith(instances: number): Contestant[] {
  const testrunner = [testrunnerScript, 'run', testrunnerConfig]
  const mocha = [mochaScript, '--parallel', '--jobs', String(instances)]
  const mochaOptions = ['--timeout', '60000', '--reporter', 'dot', 'with-remote/*.js']
  return [
    { name: 'WebdriverIO testrunner', warm: testrunner, cold: testrunner, ownAppium: false, slow: true },
    {
      name: 'mocha --parallel',
      warm: [...mocha, ...mochaOptions],
      cold: [...mocha, ...mochaOptions],
      ownAppium: false,
      slow: false,
    },
  ]
}
