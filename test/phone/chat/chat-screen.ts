import { charactersPerLine, colours, lineHeight, wrapText } from '../screen/render.js'
import { full } from '../screen/system-screens.js'
import { box, size, type Bounds, type View } from '../screen/view.js'
import { chatPackage, type ChatMessage, type ChatState } from './chat-state.js'

/** Handlers of the views. */
export interface ChatActions {
  join: () => void
  send: () => void
  setName: (text: string) => void
  setDraft: (text: string) => void
  focus: (field: 'name' | 'message') => void
  scroll: (pixels: number) => void
}

const list = box(0, 160, size.width, 1340)
const bubbleWidth = 560
const textScale = 6

/** The app's views as a function of its state. Resource ids equal the web app's ids. */
export function chatScreen(state: ChatState, actions: ChatActions): View {
  const header = [
    label('title', 'Chat', box(20, 60, 200, 150)),
    label('room', `#${state.room}`, box(200, 60, 440, 150)),
    label('presence', state.presence, box(440, 60, 700, 150)),
  ]
  const body = state.joined ? conversation(state, actions) : joinForm(state, actions)
  return full(chatPackage, 'window', [...header, ...body])
}

function joinForm(state: ChatState, { join, setName, focus }: ChatActions): View[] {
  return [
    field('name', { text: state.name, hint: 'Your name', bounds: box(40, 300, 680, 400) }, state, {
      setText: setName,
      focus: () => focus('name'),
    }),
    button('join', 'Join', box(40, 440, 680, 540), join),
    label('version', state.version, box(40, 1480, 680, 1560)),
    ...(state.problem ? [label('problem', state.problem, box(40, 600, 680, 800))] : []),
  ]
}

function conversation(state: ChatState, { send, setDraft, focus, scroll }: ChatActions): View[] {
  return [
    {
      key: 'messages',
      class: 'androidx.recyclerview.widget.RecyclerView',
      package: chatPackage,
      id: `${chatPackage}:id/messages`,
      description: 'Messages',
      bounds: list,
      background: colours.white,
      scroll,
      children: rows(state),
    },
    label('typing', state.typingText, box(0, 1350, size.width, 1410)),
    field('message', { text: state.draft, hint: 'Message', bounds: box(20, 1440, 540, 1540) }, state, {
      setText: setDraft,
      focus: () => focus('message'),
    }),
    button('send', 'Send', box(560, 1440, 700, 1540), send),
  ]
}

/** Newest at the bottom. As in a recycled list, messages that are out of sight are not in the tree. */
function rows(state: ChatState): View[] {
  const visible: View[] = []
  let bottom = list.bottom + state.scrolled
  for (const message of [...state.messages].reverse()) {
    const height = rowHeight(message, message.from === state.name)
    const top = bottom - height
    if (top < list.bottom && bottom > list.top)
      visible.unshift(row(message, { top, bottom, mine: message.from === state.name }))
    bottom = top
  }
  return visible
}

/** How far the list can be scrolled up. */
export function scrollRange(state: ChatState): number {
  const heights = state.messages.map(message => rowHeight(message, message.from === state.name))
  return Math.max(0, heights.reduce((sum, height) => sum + height, 0) - (list.bottom - list.top))
}

function rowHeight({ text }: ChatMessage, mine: boolean): number {
  const lines = wrapText(text, charactersPerLine(bubbleWidth, textScale)).length
  return lines * lineHeight(textScale) + 24 + (mine ? 0 : 50) + 50
}

function row(message: ChatMessage, { top, bottom, mine }: { top: number; bottom: number; mine: boolean }): View {
  const left = mine ? size.width - bubbleWidth - 20 : 20
  const inside = (from: number, to: number): Bounds =>
    box(left, Math.max(from, list.top), left + bubbleWidth, Math.min(to, list.bottom))
  const part = (id: string, text: string, bounds: Bounds, description?: string): View => ({
    ...label(id, text, bounds),
    key: `message:${message.id}:${id}`,
    ...(description === undefined ? {} : { description }),
  })
  const textTop = mine ? top : top + 50
  return {
    key: `message:${message.id}`,
    class: 'android.widget.LinearLayout',
    package: chatPackage,
    id: `${chatPackage}:id/bubble`,
    description: mine ? 'my message' : `message from ${message.from}`,
    bounds: inside(top, bottom),
    background: mine ? colours.mine : colours.grey,
    children: [
      ...(mine ? [] : [part('author', message.from, inside(top, textTop))]),
      part('text', message.text, inside(textTop, bottom - 50)),
      ...(mine ? [part('ticks', message.ticks, inside(bottom - 50, bottom), message.state)] : []),
    ].filter(({ bounds }) => bounds.top < bounds.bottom),
  }
}

function label(id: string, text: string, bounds: Bounds): View {
  return {
    key: id,
    class: 'android.widget.TextView',
    package: chatPackage,
    id: `${chatPackage}:id/${id}`,
    text,
    bounds,
    children: [],
  }
}

function field(
  id: 'name' | 'message',
  { text, hint, bounds }: { text: string; hint: string; bounds: Bounds },
  state: ChatState,
  actions: Required<Pick<View, 'setText' | 'focus'>>,
): View {
  return {
    ...label(id, text, bounds),
    class: 'android.widget.EditText',
    description: hint,
    hint,
    background: colours.white,
    focused: state.focused === id,
    tap: actions.focus,
    ...actions,
  }
}

function button(id: string, caption: string, bounds: Bounds, tap: () => void): View {
  return {
    ...label(id, caption, bounds),
    class: 'android.widget.Button',
    description: caption,
    background: colours.accent,
    colour: colours.white,
    tap,
  }
}
