import type { Stage } from '../../lease/stage.js'

interface OrderedModule {
  /** Unique in the run. */
  id: string
  file: string
  /** The device that it stands for. */
  device?: string
  /** Why that is unavailable. */
  unavailable?: string
  /** Set here. */
  stage?: string
}

/**
 * `--in-order`: the modules of each device one after another, in the order given. Each is a stage that starts when the
 * previous one has ended, passed or not. Modules that stand for no device are not ordered.
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
