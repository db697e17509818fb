import type { App, AppSurroundings, Intent } from '../system/app.js'
import type { View } from '../screen/view.js'
import { WebView } from '../web/web-view.js'
import { hybridScreen, type HybridState } from './hybrid-screen.js'

/** An app with a WebView that shows the link that opened the app. */
export class HybridApp implements App {
  readonly #state: HybridState = { title: '', address: '', problem: '' }
  readonly #web: WebView

  constructor(phone: AppSurroundings) {
    this.#web = new WebView(phone, {
      page: ({ title, url }) => Object.assign(this.#state, { title, address: url }),
      failed: problem => (this.#state.problem = problem),
    })
  }

  open({ link }: Intent): void {
    if (link !== undefined) this.#web.load(link)
  }

  view(): View {
    return hybridScreen(this.#state, { reload: () => this.#web.reload() })
  }

  stop(): void {
    this.#web.stop()
  }
}
