/** Where something was called from. V8 formats the stack only if it is read. */
export interface CallSite {
  /** The function that was called there, if known. */
  called?: string
  /** The selector that it was called with. */
  selector?: string
  stack?: string
}

export interface SentCommand {
  /** WebDriver's name of the command. */
  command: string
  /** Where it was sent, then where the script called what sent it: tried in this order for the user's line. */
  callSites: CallSite[]
  /** The call of the script that sends it, if it is one of those that are recorded. */
  outermost: CallSite | undefined
}
