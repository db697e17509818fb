/**
 * Commands that CI servers read from the output of a job: GitHub's `::error::` at the start of a line, also an indented
 * one, and `##[error]` anywhere; Azure's `##vso[…]` and TeamCity's `##teamcity[…]`.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
const commands = /^((?:\s|\p{Cc}\[[\d;]*m)*):(?=:)|#(?=#(?:\[|vso\[|teamcity\[))/gimu

/** The text without commands: it may come from a test, which must not speak to the CI server in Baton's name. */
export function withoutCiCommands(text: string): string {
  return text.replace(commands, (command, indent?: string) =>
    command === '#' ? String.raw`\x23` : `${indent ?? ''}${String.raw`\x3a`}`,
  )
}

/** The same for a line of JSON, which stays the same JSON. */
export function jsonWithoutCiCommands(line: string): string {
  return line.replaceAll(/#(?=#(?:\[|vso\[|teamcity\[))/gi, String.raw`\u0023`)
}
