import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The real adb as Appium finds it, with a note of everything that it was started for. */
export class RecordedAdb {
  private constructor(
    /** For Appium. */
    readonly env: Record<string, string>,
    private readonly file: string,
  ) {}

  /**
   * @param folder - an empty one, that becomes an Android SDK
   * @param env - names the SDK with the real one
   */
  static async make(folder: string, env: Readonly<Record<string, string>>): Promise<RecordedAdb> {
    const file = join(folder, 'calls.txt')
    const tools = join(folder, 'platform-tools')
    const real = join(env['ANDROID_HOME'] ?? '', 'platform-tools', 'adb')
    await mkdir(tools)
    await writeFile(file, '')
    await writeFile(join(tools, 'adb'), `#!/bin/sh\necho "$*" >> '${file}'\nexec '${real}' "$@"\n`, { mode: 0o755 })
    return new RecordedAdb({ ...env, ANDROID_HOME: folder }, file)
  }

  /** The arguments of every start, a line each. */
  async calls(): Promise<string[]> {
    return (await readFile(this.file, 'utf8')).split('\n').filter(Boolean)
  }
}
