import { z } from 'zod'

const measured = {
  /** The median, where there are several samples. */
  value: z.number(),
  /** The least and the most of the samples. */
  range: z.tuple([z.number(), z.number()]).readonly().exactOptional(),
  samples: z.number().exactOptional(),
}

const figure = z.object({
  ...measured,
  label: z.string(),
  unit: z.string(),
  /** What was set out to be reached; absent: the figure is there to be known. */
  goal: z.union([z.object({ atMost: z.number() }), z.object({ atLeast: z.number() })]).exactOptional(),
  /** The same of others, measured in the same run, by their names. */
  peers: z.record(z.string(), z.object(measured)).exactOptional(),
})

const machine = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryGb: z.number(),
  os: z.string(),
  node: z.string(),
  /** What is compared and what it stands on, by package. */
  versions: z.record(z.string(), z.string()),
  /** Processes that wanted a core in the minute before, when it began and when it ended. */
  load: z.object({ before: z.number(), after: z.number() }),
})

const result = z.object({ name: z.string(), what: z.string(), figures: z.array(figure) })

/** What `npm run bench` writes. */
export const benchReportSchema = z.object({
  /** When it began. */
  date: z.iso.datetime(),
  /** Few samples: nothing to quote. */
  quick: z.boolean(),
  machine,
  results: z.array(result),
})

export type BenchReport = z.infer<typeof benchReportSchema>
/** One thing that was measured. */
export type Measured = Pick<Figure, keyof typeof measured>
export type Figure = z.infer<typeof figure>
/** What one benchmark measured. */
export type BenchmarkResult = z.infer<typeof result>
/** Where and with what something was measured. */
export type Machine = z.infer<typeof machine>
