/** What a run needs once its farm is starting: most of the program's code, loaded in the meantime. */
export { forgetRun } from '../lease/forget-run.js'
export { loadModules } from '../module/load-modules.js'
export { RunReport } from '../report/run-report.js'
export { executeRun } from '../run/execute-run.js'
export { connectFarm } from '../run/farm-connection.js'
export { createRunReporter } from './create-reporter.js'
