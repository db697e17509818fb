import type { Schedule } from '../../explore/schedule.js'

/** What `baton explore` was asked to do, every default filled in. */
export interface ExploreRequest {
  do: 'explore'
  /** As the user wrote it. */
  strategy: string
  /** The first of the seeds. */
  seed: number
  /** Of each module; absent: as many as there is time for. */
  iterations?: number
  /** Milliseconds for all modules; absent: no limit. */
  totalMs?: number
  /** Stop a module at its first bug. */
  untilBug: boolean
  maxDecisions: number
  /** Jobs of all modules that may run at the same time; absent: as many as the devices of the farm can serve. */
  parallel?: number
  /** A server that answers too late for the scheduler fails the exploration. */
  failOnFlakyServer: boolean
}

/** What `baton replay` was asked to do. */
export interface ReplayRequest {
  do: 'replay'
  schedule: Schedule
  times: number
  /** Milliseconds between operations, for people who watch. */
  slowMs: number
}
