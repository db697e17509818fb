/** What the tests use of scripts/setup/*.mjs, which is plain JavaScript: its JSDoc says the same. */
interface SetupModules {
  plan: { plan: (facts: Facts) => Plan }
  'node-version': { describeNodeProblem: (version: string) => string | undefined; nodeRange: string }
  system: {
    isUbuntu: (osRelease: string) => boolean
    parseCandidates: (policy: string) => Record<string, string | undefined>
  }
  dependencies: { isCompleteInstall: (locked: Packages, installed: Packages, manifest: object) => boolean }
}

type Tool = 'redis' | 'browser' | 'driver' | 'adb'
type Packages = Record<string, Record<string, unknown>>

interface Facts {
  dependencies: 'ready' | 'adopt' | 'stale'
  build: 'ready' | 'stale'
  missing: Tool[]
  system?: {
    manager: 'apt' | 'brew' | 'none'
    platform: string
    ubuntu: boolean
    candidates: Record<string, string | undefined>
    isRoot: boolean
    hasSudo: boolean
    isTerminal: boolean
  }
}

type Step =
  | { kind: 'consent'; command: string }
  | { kind: 'packages'; packages: string[]; commands: string[][]; update?: string[] }
  | { kind: 'install' | 'adopt' | 'compile' }

type Plan = { steps: Step[]; refusal?: undefined } | { refusal: string[]; steps?: undefined }

// The compiled test lies one folder deeper than its source, hence the address that the compiler does not follow.
export async function loadSetup<Name extends keyof SetupModules>(name: Name): Promise<SetupModules[Name]> {
  const url = new URL(`../../../../scripts/setup/${name}.mjs`, import.meta.url)
  return (await import(url.href)) as SetupModules[Name]
}
