import { SourceMap, type SourceMapPayload } from 'node:module'
import { formatLocation, type SourceLocation } from '../error/baton-error.js'
import { originalLocation } from './source-locations.js'

/** Kept, because a module may replace it and its failure must still be mapped. */
const { parse: parseJson } = JSON

/** The source file that Baton generates for each bundle: it imports the setup files and the module. */
export const entryName = 'baton:entry'

/** The file name of a module's compiled code in stacks. */
export function scriptName(id: string): string {
  return `/baton/${encodeURIComponent(id)}.js`
}

export interface StackMapper {
  /**
   * Replaces locations in the bundle by those in the source, relative to the run's working directory. Frames of other code
   * stay, those of the bundler's helpers are removed.
   */
  map(stack: string): string
}

/**
 * Creates the stack mapper of one module.
 * @param sourceMap - JSON text; parsed when it is first needed
 * @param id - as given to `compileModule`
 */
export function createStackMapper(sourceMap: string, id: string): StackMapper {
  let parsed: SourceMap | undefined
  const location = new RegExp(`${escape(scriptName(id))}:(\\d+):(\\d+)`, 'g')
  const sourceOf = (line: string, column: string): SourceLocation | undefined => {
    parsed ??= new SourceMap(parseJson(sourceMap) as SourceMapPayload)
    const place = originalLocation(parsed, Number(line) - 1, Number(column) - 1)
    return place?.file.endsWith(entryName) ? undefined : place
  }
  const mapLine = (line: string): string[] => {
    let isGenerated = false
    const mapped = line.replace(location, (whole, line: string, column: string) => {
      const place = sourceOf(line, column)
      isGenerated = !place
      return place ? formatLocation(place) : whole
    })
    // The bundler's helpers and the function around the module mean nothing to the reader.
    return isGenerated && /^\s+at /.test(line) ? [] : [mapped]
  }
  return {
    map: stack => stack.split('\n').flatMap(mapLine).join('\n'),
  }
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
}
