/**
 * What a process owns and must not leave behind:
 * - `group`: a POSIX process group. Its id is the pid of a child that was spawned `detached`, so that whatever the child
 *   starts (ChromeDriver, browsers) belongs to it too.
 * - `directory`: a folder with all that is in it.
 * - `lock`: the file of a lock and, if it is empty then, the folder that the file is in.
 */
export type OwnedResource = { kind: 'group'; pgid: number } | { kind: 'directory' | 'lock'; path: string }

/** What an owner sends its reaper: one JSON object per line. */
export interface ReaperMessage {
  type: 'register' | 'unregister'
  resource: OwnedResource
}

/** The resources that are registered with a reaper. */
export class OwnedResources {
  readonly #resources = new Map<string, OwnedResource>()

  apply({ type, resource }: ReaperMessage): void {
    const key = `${resource.kind} ${resource.kind === 'group' ? resource.pgid : resource.path}`
    if (type === 'register') this.#resources.set(key, resource)
    else this.#resources.delete(key)
  }

  get all(): OwnedResource[] {
    return [...this.#resources.values()]
  }

  get isEmpty(): boolean {
    return this.#resources.size === 0
  }

  /** The process groups. */
  get groups(): number[] {
    return this.all.flatMap(resource => (resource.kind === 'group' ? [resource.pgid] : []))
  }

  /** Absolute paths of the folders, or of the locks' files. */
  paths(kind: 'directory' | 'lock'): string[] {
    return this.all.flatMap(resource => (resource.kind === kind ? [resource.path] : []))
  }
}

/** @returns undefined if the line is not a message, such as one that its owner was killed while writing */
export function parseReaperMessage(line: string): ReaperMessage | undefined {
  const { type, resource } = parseObject(line) as Partial<ReaperMessage>
  if (type !== 'register' && type !== 'unregister') return undefined
  const { kind, pgid, path } = (resource ?? {}) as { kind?: unknown; pgid?: unknown; path?: unknown }
  // 0 and 1 would be the reaper's own group and every process.
  if (kind === 'group') return isGroupId(pgid) ? { type, resource: { kind, pgid } } : undefined
  if (kind !== 'directory' && kind !== 'lock') return undefined
  return typeof path === 'string' && path !== '' ? { type, resource: { kind, path } } : undefined
}

function isGroupId(pgid: unknown): pgid is number {
  return Number.isInteger(pgid) && Number(pgid) > 1
}

function parseObject(line: string): object {
  try {
    const parsed: unknown = JSON.parse(line)
    return typeof parsed === 'object' && parsed !== null ? parsed : {}
  } catch {
    return {}
  }
}
