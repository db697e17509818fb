import type { SourceLocation } from '../../error/baton-error.js'
import type { TraceCommand, TraceEntry, TraceWait } from '../../event/trace.js'
import type { SentCommand } from '../sent-command.js'

/** A command as it is recorded: its call and its place are found later. */
export interface RecordedCommand extends Omit<TraceCommand, 'called' | 'call' | 'command' | 'place' | 'args'> {
  sent: SentCommand
  args: string[]
}

export interface RecordedWait extends Omit<TraceWait, 'place'> {
  location: SourceLocation | undefined
}

export type RecordedEntry = RecordedCommand | RecordedWait | Exclude<TraceEntry, TraceCommand | TraceWait>
