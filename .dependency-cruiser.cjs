// The layers of docs/architecture.md: imports go down this list, never up.
const layers = [
  'cli',
  'report',
  'run',
  'host',
  'script',
  'module',
  'lease',
  'queue',
  'device',
  'event',
  'explore',
  'process',
  'error',
]

const upward = layers.slice(1).map((layer, index) => ({
  name: `${layer}-imports-upward`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: `^src/(${layers.slice(0, index + 1).join('|')})/` },
}))

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'drivers-know-the-contract-only',
      severity: 'error',
      from: { path: '^drivers/' },
      to: { path: '^src/', pathNot: '^src/(device|event|error|process)/' },
    },
    {
      name: 'drivers-do-not-know-one-another',
      severity: 'error',
      from: { path: '^drivers/([^/]+)/' },
      to: { path: '^drivers/', pathNot: '^drivers/$1/' },
    },
    {
      name: 'only-cli-imports-drivers',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^drivers/' },
    },
    {
      name: 'only-queue-imports-bullmq',
      severity: 'error',
      from: { path: '^(src|drivers)/', pathNot: '^src/queue/' },
      to: { path: 'node_modules/bullmq/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
