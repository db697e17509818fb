import { inspect } from 'node:util'

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'gray' | 'bold'

export type Paint = (colour: Colour, text: string) => string

/**
 * @param on - false: text stays as it is. `styleText` of node:util isn't used because from Node 22 on it decides for
 *   itself, by looking at stdout, although the text may go elsewhere
 */
export function createPaint(on: boolean): Paint {
  if (!on) return (_colour, text) => text
  return (colour, text) => {
    const [open, close] = inspect.colors[colour] ?? [0, 0]
    return `\u001B[${open}m${text}\u001B[${close}m`
  }
}
