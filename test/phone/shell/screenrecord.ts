import { fileModes } from '../system/files.js'
import { ScreenFilm } from '../video/film-screen.js'
import { CommandFailure, type Command } from './shell-io.js'

const pictureEveryMs = 200
/** Android's own limit. */
const longestSeconds = 180

/**
 * `screenrecord [--time-limit SECONDS] FILE`: the file is there once it ended: after that time, when it is killed
 * (`kill -2`), or when whoever started it is gone.
 */
export const screenrecord: Command = async ({ phone, args, io }) => {
  const path = args.findLast(arg => arg.startsWith('/'))
  if (path === undefined) throw new CommandFailure('Must specify output file (see --help).', 2)
  if (phone.knobs.noEncoder) throw new CommandFailure('ERROR: unable to create video/avc codec instance')
  const limitAt = args.findIndex(arg => arg.startsWith('--time-limit'))
  const limit = Number(args[limitAt]?.split('=')[1] ?? args[limitAt + 1])
  const seconds = limitAt < 0 ? longestSeconds : Math.min(limit, longestSeconds)

  const film = new ScreenFilm()
  const take = (): void => film.take(phone.view(), Date.now())
  take()
  const timer = setInterval(take, pictureEveryMs)
  let deadline: NodeJS.Timeout | undefined
  await new Promise<void>(resolve => {
    const pid = phone.processes.start('screenrecord', 'shell', resolve)
    const end = (): void => void phone.processes.end(pid)
    deadline = setTimeout(end, seconds * 1000)
    io.signal.addEventListener('abort', end, { once: true })
  })
  clearTimeout(deadline)
  clearInterval(timer)
  const content = film.finish(Date.now()) ?? Buffer.alloc(0)
  if (content.length > phone.freeBytes) throw new CommandFailure('ERROR: write failed: No space left on device')
  phone.files.write(path, { content, mode: fileModes.file | 0o660, mtimeMs: phone.nowMs })
  return 0
}
