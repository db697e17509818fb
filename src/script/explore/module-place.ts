import type { SourceLocation } from '../../error/baton-error.js'
import { frameLocation, isFrame } from '../../error/stack-frames.js'
import { describeCommand } from '../call-places.js'
import type { StackReader } from '../caller-place.js'
import type { SentCommand } from '../sent-command.js'
import { plainStack } from '../stack-depth.js'

/**
 * The line of a module that led to a command: in the module itself, because a line in a page object that all tests share says
 * little; otherwise where the user's code sent it.
 * @param file - of the module
 */
export function modulePlace(reader: StackReader, sent: SentCommand, file: string): SourceLocation | undefined {
  const frames = sent.callSites.flatMap(site => reader.mapStack(plainStack(site)).split('\n')).filter(isFrame)
  const places = frames.flatMap(frame => frameLocation(frame) ?? [])
  const own = places.find(place => place.file === file || place.file.endsWith(`/${file}`))
  return own ?? describeCommand(reader, sent).place
}
