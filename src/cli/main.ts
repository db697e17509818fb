#!/usr/bin/env node
import { nodeProblem } from './node-version.js'

// An old Node can load only what is imported here, so the rest waits until its version is known.
const problem = nodeProblem(process.versions.node)
if (problem === undefined) {
  void import('./command-line.js').then(({ main }) => main())
} else {
  process.stderr.write(`BATON_TOOL_MISSING: Baton does not run on Node ${process.versions.node}.\nHINT: ${problem}\n`)
  process.exitCode = 2
}
