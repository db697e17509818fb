import { readFile, readdir } from 'node:fs/promises'

/** Processes of this machine whose command line contains the text; zombies are gone already. Linux only. */
export async function processesNamed(text: string): Promise<number[]> {
  return processesWhere(async pid => isNamed(pid, text))
}

/** Waits until no such process is left: what was killed, and the children of a browser that ended, take a moment to end. */
export async function noneNamed(text: string): Promise<void> {
  await eventually(`no process of ${text} is left`, async () => (await processesNamed(text)).length === 0)
}

/** Processes of a process group; zombies are gone already. Linux only. */
export async function processesOfGroup(pgid: number): Promise<number[]> {
  return processesWhere(async pid => (await isAlive(pid)) && (await statField(pid, 2)) === pgid)
}

/** Children of a process whose command line contains the text. Linux only. */
export async function childrenNamed(parent: number, text: string): Promise<number[]> {
  return processesWhere(async pid => (await isNamed(pid, text)) && (await statField(pid, 1)) === parent)
}

async function processesWhere(holds: (pid: number) => Promise<boolean>): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(async pid => ((await holds(pid)) ? pid : undefined)))
  return found.filter(pid => pid !== undefined)
}

/** @param field - 0-based, after the name, which may hold spaces and brackets itself: state, parent, group, … */
async function statField(pid: number, field: number): Promise<number> {
  return Number((await statText(pid)).split(' ')[field])
}

/** The fields after the name; empty if there is no such process. */
async function statText(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2)
}

async function isNamed(pid: number, text: string): Promise<boolean> {
  // A zombie's command line is empty. A process may end between the listing and the reading.
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return commandLine.split('\0').join(' ').includes(text)
}

/** Whether the kernel is ending the process: it runs no code any more, though its files may still be open. */
export async function isExiting(pid: number): Promise<boolean> {
  const exiting = 0x4
  const fields = (await statText(pid)).split(' ')
  // Without fields there is no such process any more.
  return fields.length < 7 || (Number(fields[6]) & exiting) !== 0
}

/** Whether the process is there and not a zombie. Its command line would not show it: during an `exec` it is empty. */
export async function isAlive(pid: number): Promise<boolean> {
  const state = await statText(pid)
  return state !== '' && !/^[ZX]/.test(state)
}

/**
 * Waits until the condition holds; fails after the deadline, which is long, because nothing depends on how slow a machine
 * is. Processes that are not our children send no event.
 */
export async function eventually(what: string, condition: () => Promise<boolean>, withinMs = 60_000): Promise<number> {
  const start = Date.now()
  while (!(await condition())) {
    if (Date.now() - start > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return Date.now() - start
}
