/** How a test ends, or a file that is loaded, if mocha's own command line runs it. `dies`: with its process. */
export type Ending = 'passes' | 'fails' | 'dies' | 'either'

/** One thing that a module does. */
export interface Part {
  code: string
  ending: Ending
  /** It runs as the file is loaded, not in a test or hook. */
  atLoad?: boolean
  /** It ends after its test has: other parts may keep that from being seen. */
  late?: boolean
  /** It may break mocha itself, so that what fails elsewhere is not counted. */
  mayHide?: boolean
}

export const passes = (code: string): Part => ({ code, ending: 'passes' })
export const fails = (code: string): Part => ({ code, ending: 'fails' })
export const either = (code: string): Part => ({ code, ending: 'either' })
export const mayHide = (code: string): Part => ({ code, ending: 'either', mayHide: true })
export const atLoad = (part: Part): Part => ({ ...part, atLoad: true })
export const late = (part: Part): Part => ({ ...part, late: true })
