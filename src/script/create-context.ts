import { join } from 'node:path'
import type { ModuleContext } from './module-context.js'
import { sendNetworkCommand } from './network/network-client.js'
import { NetworkUse } from './network/network-use.js'
import type { ProjectAccess } from './project-access.js'
import type { ScriptModule } from './script-module.js'
import { attachmentsFolder, type RunModule } from './worker-messages.js'

interface ContextParts extends Pick<ModuleContext, 'roles' | 'trace' | 'emit' | 'recordPass'> {
  job: RunModule
  script: ScriptModule
  access: ProjectAccess
}

/** Folder for the files of `attach`; absolute. */
export function attachmentsOf(job: RunModule): string {
  return join(job.module.directory, '..', attachmentsFolder)
}

/** What the functions of 'baton' know about a module that is about to be loaded. */
export function createContext({ job, script, access, ...others }: ContextParts): ModuleContext {
  return {
    ...others,
    fileName: script.fileName,
    mapStack: script.mapStack,
    sourceText: script.sourceText,
    thrown: script.thrown,
    phase: 'loading',
    servers: job.servers,
    runningScope: undefined,
    deviceCallbacks: [],
    network: new NetworkUse(async session => sendNetworkCommand(session, { do: 'restore' })),
    attachments: attachmentsOf(job),
    explainError: error => access.explain(error),
    assertPageWasSent: url => access.assertPageWasSent(url),
  }
}
