import { walk, type View } from '../screen/view.js'
import { WebDriverError } from './webdriver-error.js'

const w3cElement = 'element-6066-11e4-a52e-4f735466cecf'

/** The elements that a session has found, each with an id of its own. */
export class ElementIds {
  readonly #keys = new Map<string, string>()
  readonly #ids = new Map<string, string>()

  /** @param screen - the views on the screen now */
  constructor(private readonly screen: () => View) {}

  /** A view as an element of a response. */
  element(view: View): Record<string, string> {
    let id = this.#ids.get(view.key)
    if (id === undefined) {
      id = `00000000-0000-0000-ffff-${String(this.#ids.size + 1).padStart(12, '0')}`
      this.#ids.set(view.key, id)
      this.#keys.set(id, view.key)
    }
    return { ELEMENT: id, [w3cElement]: id }
  }

  /** The view of an element id. @throws if it has left the screen */
  view(elementId: string): View {
    const key = this.#keys.get(elementId)
    if (key === undefined) throw new WebDriverError('no such element', `no element has the id ${elementId}`)
    for (const view of walk(this.screen())) if (view.key === key) return view
    throw new WebDriverError(
      'stale element reference',
      'The element is not linked to the same object in the view hierarchy anymore',
    )
  }
}
