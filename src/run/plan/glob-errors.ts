import { parseJsonDocument, placeOfPath, type JsonDocument, type JsonPath } from '../../device/json-document.js'
import { isObject, valueOfDocument } from '../../device/json-value.js'
import { ReferenceReader } from '../../device/reference-reader.js'
import type { BatonError } from '../../error/baton-error.js'
import { matchGlobs, type SuiteGlobs } from './find-suites.js'

/**
 * The globs of a plan that match nothing, for a plan that has other errors too, so that all are reported at once.
 */
export async function globErrors(
  { text, file, env }: { text: string; file: string; env: Readonly<Record<string, string | undefined>> },
  cwd: string,
): Promise<BatonError[]> {
  let document: JsonDocument
  try {
    document = parseJsonDocument(text, file, 'the plan')
  } catch {
    return []
  }
  const found = await Promise.all(globsOf(document, env).map(globs => matchGlobs(globs, file, cwd)))
  return found.flatMap(({ errors }) => errors)
}

function globsOf(document: JsonDocument, env: Readonly<Record<string, string | undefined>>): SuiteGlobs[] {
  const { value } = valueOfDocument(document, new ReferenceReader(document, env).visit)
  const suites: unknown = isObject(value) ? value['suites'] : undefined
  if (!Array.isArray(suites)) return []
  return suites.flatMap((suite: unknown, index): SuiteGlobs[] => {
    if (!isObject(suite)) return []
    const { name, modules } = suite
    const path = ['suites', index, 'modules']
    const globs = globsIn(modules, path)
    return [
      {
        title: typeof name === 'string' ? `suite '${name}'` : `suite ${index + 1}`,
        modules: globs.map(({ glob }) => glob),
        places: globs.map(each => placeOfPath(document, each.path)),
      },
    ]
  })
}

/** Without those that are errors themselves: empty, or with a variable that is not set. */
function globsIn(modules: unknown, path: JsonPath): { glob: string; path: JsonPath }[] {
  const globs = Array.isArray(modules)
    ? modules.map((glob: unknown, at) => ({ glob, path: [...path, at] }))
    : [{ glob: modules, path }]
  return globs.flatMap(each =>
    typeof each.glob === 'string' && each.glob !== '' && !each.glob.includes('${')
      ? [{ glob: each.glob, path: each.path }]
      : [],
  )
}
