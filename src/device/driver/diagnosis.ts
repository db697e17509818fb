/** What `baton doctor` found out about one thing that a machine has or lacks. */
export interface Diagnosis {
  /** One or two words, e.g. `browser`. */
  name: string
  /** `unused`: missing or off, and nothing needs it. */
  state: 'ok' | 'problem' | 'unused'
  /** What was found. */
  found: string
  /** What to do about it, with the command to type. */
  fix?: string
}
