import { countOf, shortName } from '../error/closest-name.js'
import type { FileRecord, WarningRecord } from './run-schema.js'

/** Names shown of files that share a reason. */
const namesShown = 3

/** A warning for each reason why files of an attempt are not in the project, with the first names. Pure. */
export function leftOutWarnings(files: readonly FileRecord[]): WarningRecord[] {
  const groups = new Map<string, FileRecord[]>()
  for (const file of files) {
    if (file.place === 'project' || file.reason === undefined) continue
    const key = JSON.stringify([file.place, file.reason])
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return [...groups.values()].flatMap(([first, ...others]) => (first ? [leftOutWarning(first, others)] : []))
}

function leftOutWarning(first: FileRecord, others: readonly FileRecord[]): WarningRecord {
  const named = [first, ...others].slice(0, namesShown).map(({ name }) => `'${shortName(name)}'`)
  const more = others.length + 1 - named.length
  const names = more > 0 ? `${named.join(', ')} and ${countOf(more, 'more file')}` : named.join(', ')
  const isOne = others.length === 0
  const be = isOne ? 'is' : 'are'
  const lost = first.change === 'deleted' ? `${be} still in the project` : `${be} not in the project`
  const kept = first.place === 'report' ? `${be} only in the report` : lost
  const copy = first.path === undefined ? {} : { hint: `${isOne ? 'it is' : 'the first one is'} ${first.path} there` }
  return { message: `${names} ${kept}: ${first.reason}`, ...copy }
}
