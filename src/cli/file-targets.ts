import { maskArtifactParts, maskTextParts } from '../event/mask-artifact.js'
import { maskDeep } from '../event/masker.js'
import type { RunReport } from '../report/run-report.js'
import type { FileTargets } from '../run/deliver-artifact.js'
import type { ProjectFiles } from '../run/project-files.js'
import { masked } from './secrets.js'

/**
 * Where the files of a run go: artifacts into its report, written files back to the project. Secrets are masked in whatever
 * goes into the report, but not in the project's own files.
 * @param project - absent: written files stay in the report
 */
export function fileTargets(report: RunReport, project?: ProjectFiles): FileTargets {
  return {
    project,
    saveArtifact: (event, content) => {
      const parts =
        event.type === 'file' ? maskTextParts(content, masked) : maskArtifactParts(event.kind, content, masked)
      return report.saveArtifact(maskDeep(event, masked), parts)
    },
  }
}
