import { readFileSync } from 'node:fs'
import os from 'node:os'
import { z } from 'zod'
import { packageFile } from '../../src/process/package-root.js'
import type { Machine } from './report.js'

const packages = [
  'baton',
  '@wdio/cli',
  'webdriverio',
  'mocha',
  'appium',
  '@appium/fake-driver',
  'bullmq',
  'ioredis',
] as const

export function readMachine(loadBefore: number): Machine {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    os: `${os.type()} ${os.release().split('-', 1)[0]} ${os.arch()}`,
    node: process.version,
    versions: Object.fromEntries(packages.map(name => [name, versionOf(name)])),
    load: { before: loadBefore, after: loadAverage() },
  }
}

export function loadAverage(): number {
  return Math.round((os.loadavg()[0] ?? 0) * 100) / 100
}

const packageJson = z.object({ version: z.string() })

function versionOf(name: string): string {
  const file = name === 'baton' ? packageFile('package.json') : packageFile('node_modules', name, 'package.json')
  return packageJson.parse(JSON.parse(readFileSync(file, 'utf8'))).version
}
