import type { Stage } from '../../lease/stage.js'

interface OrderedModule {
  /** Unique in the run. */
  id: string
  file: string
  /** The device that it stands for. */
  device?: string
  /** Why that can't be had. */
  unavailable?: string
  /** Set here. */
  stage?: string
}

/**
 * `--in-order`: the modules of each device one after another, in the order given. Each is a stage of its own that begins
 * after the one before it has ended, however that ended. Modules that stand for no device belong to no series.
 */
export function stageInOrder<T extends OrderedModule>(modules: readonly T[]): { modules: T[]; stages: Stage[] } {
  const last = new Map<string, string>()
  const stages: Stage[] = []
  const ordered = modules.map(module => {
    const { id, file, device, unavailable } = module
    if (device === undefined || unavailable !== undefined) return module
    const before = last.get(device)
    const stage = `${id} ${file}`
    last.set(device, stage)
    stages.push({ name: stage, after: before === undefined ? [] : [{ stage: before, when: 'end' }] })
    return { ...module, stage }
  })
  return { modules: ordered, stages }
}
