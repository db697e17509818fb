import { z } from 'zod'

const measured = {
  /** The median, if there are several samples. */
  value: z.number(),
  /** The smallest and the largest sample. */
  range: z.tuple([z.number(), z.number()]).readonly().exactOptional(),
  samples: z.number().exactOptional(),
}

const figure = z.object({
  ...measured,
  label: z.string(),
  unit: z.string(),
  /** The goal; absent: the figure is for information only. */
  goal: z.union([z.object({ atMost: z.number() }), z.object({ atLeast: z.number() })]).exactOptional(),
  /** The same figure of other tools, measured in the same run, by name. */
  peers: z.record(z.string(), z.object(measured)).exactOptional(),
})

const machine = z.object({
  cpu: z.string(),
  cores: z.number(),
  memoryGb: z.number(),
  os: z.string(),
  node: z.string(),
  /** Versions of the compared tools and their dependencies, by package. */
  versions: z.record(z.string(), z.string()),
  /** The load average of the last minute, at the start and at the end. */
  load: z.object({ before: z.number(), after: z.number() }),
})

const result = z.object({ name: z.string(), what: z.string(), figures: z.array(figure) })

/** What `npm run bench` writes. */
export const benchReportSchema = z.object({
  /** When it started. */
  date: z.iso.datetime(),
  /** Few samples: not to be quoted. */
  quick: z.boolean(),
  machine,
  results: z.array(result),
})

export type BenchReport = z.infer<typeof benchReportSchema>
/** One measured figure. */
export type Measured = Pick<Figure, keyof typeof measured>
export type Figure = z.infer<typeof figure>
/** What one benchmark measured. */
export type BenchmarkResult = z.infer<typeof result>
/** Where and with what something was measured. */
export type Machine = z.infer<typeof machine>
