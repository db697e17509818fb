import { randomUUID } from 'node:crypto'
import type { Phone } from '../phone.js'
import type { View } from '../screen/view.js'
import { ElementIds } from '../webdriver/element-ids.js'
import { WebDriverError } from '../webdriver/webdriver-error.js'
import { findViews } from './find.js'

/** The only session of the server: its found elements and its settings. */
export class Session {
  id: string | null = null
  readonly settings: Record<string, unknown> = {}
  readonly #phone: Phone
  readonly #onEnd: () => void
  readonly #elements: ElementIds
  #isOver = false

  constructor(phone: Phone, onEnd: () => void) {
    this.#phone = phone
    this.#onEnd = onEnd
    this.#elements = new ElementIds(() => phone.view())
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
    if (multiple) return views.map(view => this.element(view))
    const [first] = views
    if (!first) {
      throw new WebDriverError(
        'no such element',
        'An element could not be located on the page using the given search parameters',
      )
    }
    return this.element(first)
  }

  element(view: View): Record<string, string> {
    return this.#elements.element(view)
  }

  /** The view of an element id. @throws if it has left the screen */
  view(elementId: string): View {
    return this.#elements.view(elementId)
  }
}

export interface FindRequest {
  strategy: string
  selector: string
  /** Id of the element to search in; empty: the whole screen. */
  context: string
  multiple: boolean
}
