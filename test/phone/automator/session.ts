import { randomUUID } from 'node:crypto'
import type { Phone } from '../phone.js'
import { walk, type View } from '../screen/view.js'
import { AutomatorError } from './automator-error.js'
import { findViews } from './find.js'

const w3cElement = 'element-6066-11e4-a52e-4f735466cecf'

/** The only session of the server: its found elements and its settings. */
export class Session {
  id: string | null = null
  readonly settings: Record<string, unknown> = {}
  readonly #phone: Phone
  readonly #onEnd: () => void
  readonly #keys = new Map<string, string>()
  readonly #ids = new Map<string, string>()
  #isOver = false

  constructor(phone: Phone, onEnd: () => void) {
    this.#phone = phone
    this.#onEnd = onEnd
  }

  open(): string {
    this.id = randomUUID()
    return this.id
  }

  /** The server ends with its session, after the response. */
  end(): void {
    this.#isOver = true
  }

  answered(): void {
    if (this.#isOver) this.#onEnd()
  }

  find({ strategy, selector, context, multiple }: FindRequest): unknown {
    const root = this.#phone.view()
    const within = context ? this.view(context) : root
    const current = (): View => (context ? this.view(context) : this.#phone.view())
    const views = findViews({ root, within, current, strategy, selector })
    if (multiple) return views.map(view => this.#element(view))
    const [first] = views
    if (!first) {
      throw new AutomatorError(
        'no such element',
        'An element could not be located on the page using the given search parameters',
      )
    }
    return this.#element(first)
  }

  element(view: View): unknown {
    return this.#element(view)
  }

  /** The view of an element id. @throws if it has left the screen */
  view(elementId: string): View {
    const key = this.#keys.get(elementId)
    if (key === undefined) throw new AutomatorError('no such element', `no element has the id ${elementId}`)
    for (const view of walk(this.#phone.view())) if (view.key === key) return view
    throw new AutomatorError(
      'stale element reference',
      'The element is not linked to the same object in the view hierarchy anymore',
    )
  }

  #element(view: View): Record<string, string> {
    let id = this.#ids.get(view.key)
    if (id === undefined) {
      id = `00000000-0000-0000-ffff-${String(this.#ids.size + 1).padStart(12, '0')}`
      this.#ids.set(view.key, id)
      this.#keys.set(id, view.key)
    }
    return { ELEMENT: id, [w3cElement]: id }
  }
}

export interface FindRequest {
  strategy: string
  selector: string
  /** Id of the element to search in; empty: the whole screen. */
  context: string
  multiple: boolean
}
