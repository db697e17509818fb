import { z } from 'zod'

/** What the process of a reporter gets. */
export const wdioMessageSchema = z.object({
  /** A package's name, or an absolute file. */
  module: z.string(),
  cwd: z.string(),
  options: z.record(z.string(), z.unknown()),
  runners: z.array(
    z.object({
      /** What the reporter writes goes there, if it doesn't print. */
      logFile: z.string(),
      events: z.array(z.object({ name: z.string(), at: z.number(), payload: z.record(z.string(), z.unknown()) })),
    }),
  ),
})
export type WdioMessage = z.infer<typeof wdioMessageSchema>
