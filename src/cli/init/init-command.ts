import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { BatonError } from '../../error/baton-error.js'
import { writing } from '../../error/write-error.js'
import { readFarmFile } from '../read-farm-file.js'
import { shown } from '../secrets.js'
import { askDevices, askToWrite, Asking } from './questions.js'
import { lacksBaton } from './edit-files.js'
import { describeFile, initFiles, planInit, type PlannedFile } from './plan-init.js'
import { starterDevices, starterTest, type StarterDevices } from './starter-files.js'

export interface InitFlags {
  yes?: boolean
  android?: boolean
}

/**
 * `baton init`: writes what a project needs for its first test, and keeps what is there.
 * @returns 1 if the user declined
 */
export async function initCommand(flags: InitFlags): Promise<number> {
  const cwd = process.cwd()
  const read = (file: string): string | undefined => {
    const place = path.resolve(cwd, file)
    return existsSync(place) ? readFileSync(place, 'utf8') : undefined
  }
  const asking = flags.yes ? undefined : openQuestions()
  try {
    const devices = (await presentDevices(read)) ?? (await chooseDevices(flags, asking))
    const plan = planInit(devices === 'other' ? undefined : devices, read)
    const changes = plan.filter(({ action }) => action !== 'keep')
    if (asking && changes.length > 0 && !(await askToWrite(asking, changes))) return 1
    for (const file of changes) await write(cwd, file)
    process.stdout.write(shown(`${plan.map(describeDone).join('\n')}\n${nextSteps(plan, read)}`))
    return 0
  } finally {
    asking?.close()
  }
}

function openQuestions(): Asking {
  if (process.stdin.isTTY) return new Asking(process.stdin, process.stdout)
  throw new BatonError('BATON_USAGE', 'baton init asks questions, but standard input is not a terminal.', {
    hint: 'npx baton init --yes',
  })
}

async function chooseDevices({ android }: InitFlags, asking: Asking | undefined): Promise<StarterDevices> {
  if (android) return starterDevices.android
  return starterDevices[asking ? await askDevices(asking) : 'chromium']
}

/** What the project's devices.json declares: the first test must run on it. @returns undefined if there is none */
async function presentDevices(
  read: (file: string) => string | undefined,
): Promise<StarterDevices | 'other' | undefined> {
  if (read(initFiles.devices) === undefined) return undefined
  const { devices } = await readFarmFile(initFiles.devices)
  const names = devices.filter(({ driver }) => driver === 'chromium').map(({ name }) => name)
  if (names.length > 0) return { driver: 'chromium', names: names.slice(0, 2) }
  return devices.some(({ driver }) => driver === 'android') ? starterDevices.android : 'other'
}

async function write(cwd: string, file: PlannedFile): Promise<void> {
  const place = path.resolve(cwd, file.path)
  await writing('a file of the project', file.path, async () => {
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, file.text ?? '')
  })
}

const done = { write: 'written', change: 'changed', keep: 'kept   ' } as const

function describeDone(file: PlannedFile): string {
  return `${done[file.action]}  ${describeFile(file)}`
}

function nextSteps(plan: readonly PlannedFile[], read: (file: string) => string | undefined): string {
  const hasTest = plan.some(({ path: file }) => file === starterTest)
  return [
    ...(lacksBaton(read(initFiles.packageJson)) ? ['first:    npm install --save-dev baton'] : []),
    'check:    npx baton doctor',
    `then run: npx baton run ${hasTest ? starterTest : "'test/devices/**/*.ts'"}`,
    '',
  ].join('\n')
}
