/**
 * Variables that describe the machine a module runs on: their values come from the host, never from the machine that
 * submits the run. PWD and NODE_PATH are left out: a module runs in the folder of its own files, and its worker has
 * loaded all packages before.
 */
const machineVariables = ['PATH', 'HOME', 'TMPDIR']

/** @param host - the environment of the host's process */
export function machineEnvironment(host: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    machineVariables.flatMap(name => {
      const value = host[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
