import { fileModes } from '../system/files.js'
import { ScreenRecorder } from '../video/screen-recorder.js'
import { CommandFailure, type Command } from './shell-io.js'

const pictureEveryMs = 200
/** Android's own limit. */
const longestSeconds = 180

/**
 * `screenrecord [--time-limit SECONDS] FILE`: writes the file when it ends: after that time, by `kill -2`, or when its
 * caller is gone. `--output-format=h264 -` prints the frames as they come instead.
 */
export const screenrecord: Command = async ({ phone, args, io, pid }) => {
  const path = args.findLast(arg => arg.startsWith('/') || arg === '-')
  const format = optionOf(args, '--output-format') ?? 'mp4'
  if (path === undefined) throw new CommandFailure('Must specify output file (see --help).', 2)
  if (format !== 'mp4' && format !== 'h264') throw new CommandFailure(`Unknown format '${format}'`, 2)
  const seconds = Number(optionOf(args, '--time-limit') ?? longestSeconds)
  if (!(seconds >= 1 && seconds <= longestSeconds)) {
    throw new CommandFailure(`Time limit ${seconds}s outside acceptable range [1,${longestSeconds}]`, 2)
  }
  if (phone.behavior.noEncoder) throw new CommandFailure('ERROR: unable to create video/avc codec instance')

  const recorder = new ScreenRecorder(format === 'h264' ? io.out : undefined)
  const take = (): void => {
    if (recorder.capture(phone.view(), Date.now())) phone.display.recordedFrames += 1
  }
  take()
  const timer = setInterval(take, pictureEveryMs)
  let deadline: NodeJS.Timeout | undefined
  await new Promise<void>(resolve => {
    const started = phone.processes.start('screenrecord', 'shell', resolve, pid)
    const end = (): void => void phone.processes.end(started)
    deadline = setTimeout(end, seconds * 1000)
    io.signal.addEventListener('abort', end, { once: true })
  })
  clearTimeout(deadline)
  clearInterval(timer)
  if (format === 'h264') return 0
  const content = recorder.finish(Date.now()) ?? Buffer.alloc(0)
  if (content.length > phone.freeBytes) throw new CommandFailure('ERROR: write failed: No space left on device')
  phone.files.write(path, { content, mode: fileModes.file | 0o660, mtimeMs: phone.nowMs })
  return 0
}

/** Value of `--name=value` or `--name value`. */
function optionOf(args: readonly string[], name: string): string | undefined {
  const at = args.findIndex(arg => arg === name || arg.startsWith(`${name}=`))
  return at < 0 ? undefined : (args[at]?.split('=')[1] ?? args[at + 1])
}
