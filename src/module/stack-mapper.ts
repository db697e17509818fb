import { SourceMap, type SourceMapPayload } from 'node:module'
import { formatLocation, type SourceLocation } from '../error/baton-error.js'
import { entryName } from './entry-name.js'
import { originalLocation } from './source-locations.js'

/** A module may replace it, and its own failure has to be explained all the same. */
const { parse: parseJson } = JSON

/** The name that a module has in stacks before these are mapped. */
export function scriptName(id: string): string {
  return `/baton/${encodeURIComponent(id)}.js`
}

export interface StackMapper {
  /**
   * Puts the source file in the place of the bundle, in each frame of a stack; frames of other code stay, those of the bundle's own helpers go.
   * Paths are relative to where the run was started.
   */
  map(stack: string): string
}

/**
 * @param sourceMap - JSON text; parsed when it is first needed
 * @param id - as given to `compileModule`
 */
export function createStackMapper(sourceMap: string, id: string): StackMapper {
  let parsed: SourceMap | undefined
  const frame = new RegExp(`${escape(scriptName(id))}:(\\d+):(\\d+)`, 'g')
  const locationOfFrame = (line: string, column: string): SourceLocation | undefined => {
    parsed ??= new SourceMap(parseJson(sourceMap) as SourceMapPayload)
    const place = originalLocation(parsed, Number(line) - 1, Number(column) - 1)
    return place?.file.endsWith(entryName) ? undefined : place
  }
  const mapLine = (line: string): string[] => {
    let isOurs = false
    const mapped = line.replace(frame, (whole, line: string, column: string) => {
      const place = locationOfFrame(line, column)
      isOurs = !place
      return place ? formatLocation(place) : whole
    })
    // The bundler's helpers and the function around the module mean nothing to whoever reads the stack.
    return isOurs && /^\s+at /.test(line) ? [] : [mapped]
  }
  return {
    map: stack => stack.split('\n').flatMap(mapLine).join('\n'),
  }
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)
}
