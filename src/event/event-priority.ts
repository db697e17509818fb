import type { RunEvent, RunEventBody } from './run-event.js'

/**
 * What is dropped first if a run has too many events. `detail`: what a test did. `test`: tests that did not fail. `result`
 * is always kept: attempts, failures, artifacts, and whatever concerns the run as a whole.
 */
export type EventPriority = 'detail' | 'test' | 'result'

const priorities: Readonly<Record<RunEventBody['type'], EventPriority>> = {
  'baton:pass': 'detail',
  'branch:start': 'detail',
  'branch:end': 'detail',
  'branch:wait': 'detail',
  'branch:resume': 'detail',
  'barrier:arrive': 'detail',
  signal: 'detail',
  network: 'detail',
  log: 'detail',
  'device:state': 'detail',
  'module:wait': 'detail',
  'module:loaded': 'test',
  'test:start': 'test',
  'test:end': 'test',
  'run:start': 'result',
  stage: 'result',
  'attempt:start': 'result',
  'events:dropped': 'result',
  artifact: 'result',
  file: 'result',
  warning: 'result',
  snapshots: 'result',
  'explore:iteration': 'result',
  'explore:minimised': 'result',
  'attempt:end': 'result',
  'module:end': 'result',
  'run:end': 'result',
}

export function eventPriority(event: RunEvent): EventPriority {
  return event.type === 'test:end' && event.state === 'failed' ? 'result' : priorities[event.type]
}
