import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The real adb in an Android SDK for Appium, which logs every call. */
export class RecordedAdb {
  private constructor(
    /** Environment for Appium. */
    readonly env: Record<string, string>,
    private readonly file: string,
  ) {}

  /**
   * @param folder - empty; becomes an Android SDK
   * @param env - contains the path of the real SDK
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

  /** The arguments of every call, a line each. */
  async calls(): Promise<string[]> {
    return (await readFile(this.file, 'utf8')).split('\n').filter(Boolean)
  }
}
