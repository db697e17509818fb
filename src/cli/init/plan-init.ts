import { addIgnored, addScript } from './edit-files.js'
import { devicesJson, firstTest, starterScript, starterTest, workflow, type StarterDevices } from './starter-files.js'

/** One file of a project, and what `baton init` does with it. */
export interface PlannedFile {
  path: string
  action: 'write' | 'change' | 'keep'
  /** Its new text; absent if it is kept. */
  text?: string
  /** What changes, for the user. */
  what?: string
}

export const initFiles = {
  devices: 'devices.json',
  test: starterTest,
  packageJson: 'package.json',
  gitignore: '.gitignore',
  workflow: '.github/workflows/baton.yml',
} as const

/**
 * Decides what is written. Whatever exists stays as it is, apart from lines that are added.
 * @param devices - undefined if the project's devices fit no starter test
 * @param read - the text of a file; undefined if it does not exist
 */
export function planInit(
  devices: StarterDevices | undefined,
  read: (path: string) => string | undefined,
): PlannedFile[] {
  const whole = (path: string, text: string | undefined): PlannedFile[] => {
    if (read(path) !== undefined) return [{ path, action: 'keep' }]
    return text === undefined ? [] : [{ path, action: 'write', text }]
  }
  const edited = (path: string, edit: (text: string | undefined) => string | undefined, what: string): PlannedFile => {
    const before = read(path)
    const text = edit(before)
    if (text === undefined) return { path, action: 'keep' }
    return { path, action: before === undefined ? 'write' : 'change', text, what }
  }
  return [
    ...whole(initFiles.devices, devices && devicesJson(devices)),
    ...whole(initFiles.test, devices && firstTest(devices)),
    edited(initFiles.packageJson, addScript, `script "${starterScript.name}"`),
    edited(initFiles.gitignore, addIgnored, 'folders that Baton writes'),
    ...whole(initFiles.workflow, devices && workflow(devices)),
  ]
}

export function describeFile({ action, path, what }: PlannedFile): string {
  return action === 'change' && what !== undefined ? `${path} (${what})` : path
}
