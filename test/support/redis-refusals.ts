/** What Redis replies to a command that it does not execute. */
export const redisRefusals: readonly string[] = [
  "OOM command not allowed when used memory > 'maxmemory'.",
  "READONLY You can't write against a read only replica.",
  'LOADING Redis is loading the dataset in memory',
  "NOPERM User reader has no permissions to run the 'evalsha' command",
  'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.',
  'BUSY Redis is busy running a script.',
  'NOREPLICAS Not enough good replicas to write.',
]
