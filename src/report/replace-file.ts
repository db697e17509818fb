import { mkdir, rename, rm, writeFile as write } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes a whole file: whoever reads it meanwhile, or after a kill, has the old one or the new one. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.draft`
  try {
    await write(draft, text)
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
