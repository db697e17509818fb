import { z } from 'zod'
import { profileSchema } from './profile.js'
import { scheduleSchema } from './schedule.js'

/** Server → the path that puts it into its first state, by POST, before each iteration. May be a whole URL. */
const resets = z.record(z.string(), z.string()).exactOptional()

/** What one attempt of a module does instead of running it once. Travels with the module's job, in its options. */
export const exploreTaskSchema = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('explore'),
    /** As the user wrote it: `mix`, `random`, `pct:3`, … */
    strategy: z.string(),
    /** The first seed, and how many iterations, one for each seed. */
    firstSeed: z.int().nonnegative(),
    /** First seed of the whole exploration, of which this is a part: `mix` runs it in natural order. Default `firstSeed`. */
    explorationSeed: z.int().nonnegative().exactOptional(),
    /**
     * What the first iteration of the exploration showed. With the same profile, a seed gives the same schedule on every
     * worker. Absent: the first seed runs in natural order, and shows it.
     */
    profile: profileSchema.exactOptional(),
    iterations: z.int().positive(),
    /** Milliseconds after which no iteration starts. */
    budgetMs: z.number().positive(),
    /** More decisions than this in one iteration: the rest of it runs in natural order. */
    maxDecisions: z.int().positive(),
    /** Stop at the first failed iteration. */
    untilBug: z.boolean(),
    resets,
  }),
  /** Repeats a schedule: by its holds if it has them, otherwise by its trace. */
  z.object({
    do: z.literal('replay'),
    schedule: scheduleSchema,
    times: z.int().positive(),
    slowMs: z.number().nonnegative(),
    resets,
  }),
  /** Finds the fewest holds that make the module fail in the same way. */
  z.object({ do: z.literal('minimise'), schedule: scheduleSchema, maxTries: z.int().positive(), resets }),
])
export type ExploreTask = z.infer<typeof exploreTaskSchema>
