import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { packageFile } from '../../src/process/package-root.js'

/** Compiles what shifts clocks. @returns the library; undefined if this machine has no C compiler, or is not a Linux */
export function compileClockShift(folder: string): string | undefined {
  const library = path.join(folder, 'clock-shift.so')
  if (process.platform !== 'linux') return undefined
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, packageFile('test', 'chaos', 'clock-shift.c')])
    return library
  } catch {
    return undefined
  }
}

/** The wall clock of some processes, which can be set while they run. Their monotonic clocks are right. */
export class ChaosClock {
  /** @param library - see `compileClockShift`; undefined for a clock that is always right */
  constructor(
    private readonly file: string,
    private readonly library: string | undefined,
  ) {
    if (library !== undefined && !existsSync(file)) this.set(0)
  }

  /** @param seconds - by which it is wrong from now on */
  set(seconds: number): void {
    // In place: the file stays mapped.
    writeFileSync(this.file, new Uint8Array(new Int32Array([seconds]).buffer), {
      flag: existsSync(this.file) ? 'r+' : 'w',
    })
  }

  /** Variables for the processes whose clock this is. */
  get environment(): Record<string, string> {
    return this.library === undefined ? {} : { LD_PRELOAD: this.library, CHAOS_CLOCK: this.file }
  }
}
