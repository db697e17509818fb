import { z } from 'zod'

const metrics = z.object({
  width: z.int().positive().describe('CSS pixels'),
  height: z.int().positive().describe('CSS pixels'),
  pixelRatio: z.number().positive().default(1),
  touch: z.boolean().default(true),
  mobile: z.boolean().default(true).describe('Overlay scroll bars, text autosizing, the viewport meta tag'),
  userAgent: z.string().optional(),
})

/** Keys of a devices.json entry with `"driver": "chromium"`. */
export const chromiumKeys = z.object({
  emulate: z
    .union([z.string(), metrics])
    .optional()
    .describe("The phone to emulate: a name from Chrome's device list ('Pixel 7'), or its metrics"),
  headless: z.boolean().optional().describe('Default true; false shows the browser'),
  bidi: z.boolean().optional().describe('Default true: browser.mock, addInitScript and console events work'),
  browser: z.string().optional().describe('Path of the browser; default: Chromium or Chrome on the PATH'),
  chromedriver: z.string().optional().describe('Path of ChromeDriver; default: chromedriver on the PATH'),
  sandbox: z.boolean().optional().describe("Chromium's sandbox; default: on, but not for root or in a container"),
  args: z.array(z.string()).optional().describe('More command line switches for the browser'),
})

export type ChromiumKeys = z.infer<typeof chromiumKeys>
