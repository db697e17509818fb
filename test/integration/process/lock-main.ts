/**
 * Increments its own count in a file that several processes share, again and again, each time under the lock. Prints each
 * count that was written, and `two holders` if another live process is in the critical section.
 * Arguments: the folder of the files, how many increments, and `hang` to stop responding while the lock is held.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '../../../src/process/process-lock.js'
import { isExiting } from './alive.js'

const [folder = '', increments = '0', how] = process.argv.slice(2)
const name = String(process.pid)
const [counts, holder, draft] = ['counts', 'holder', `${name}.draft`].map(file => join(folder, file))

async function increment(): Promise<void> {
  const other = await readFile(holder ?? '', 'utf8').catch(() => '')
  // A killed process closes its files, which frees the lock, before it counts as dead.
  if (other !== '' && !(await isExiting(Number(other)))) process.stdout.write('two holders\n')
  await writeFile(holder ?? '', name)
  if (how === 'hang') {
    process.stdout.write('holds\n')
    for (;;);
  }
  const all = JSON.parse(await readFile(counts ?? '', 'utf8').catch(() => '{}')) as Record<string, number>
  const count = (all[name] ?? 0) + 1
  await writeFile(draft ?? '', JSON.stringify({ ...all, [name]: count }))
  await rename(draft ?? '', counts ?? '')
  await writeFile(holder ?? '', '')
  process.stdout.write(`${count}\n`)
}

for (let i = 0; i < Number(increments); i++) await withLock(join(folder, 'lock'), increment)
