import { dragOn, pressKey, tapAt, typeText } from '../screen/touch.js'
import { CommandFailure, type Command } from './shell-io.js'

const keyCodes: Record<string, number> = {
  HOME: 3,
  BACK: 4,
  POWER: 26,
  MENU: 82,
  DEL: 67,
  ENTER: 66,
  WAKEUP: 224,
  SLEEP: 223,
}
const sources = ['touchscreen', 'keyboard', 'touchpad', 'mouse']

/** `input tap|swipe|text|keyevent …` */
export const input: Command = ({ phone, args }) => {
  const [verb = '', ...rest] = sources.includes(args[0] ?? '') ? args.slice(1) : args
  const [x = 0, y = 0, toX = 0, toY = 0] = rest.map(Number)
  switch (verb) {
    case 'tap':
      tapAt(phone, { x, y })
      return 0
    case 'swipe':
    case 'draganddrop':
      dragOn(phone, { x, y }, { x: toX, y: toY })
      return 0
    case 'text':
      typeText(phone, rest.join(' ').replace(/%s/g, ' '))
      return 0
    case 'keyevent':
      for (const key of rest.filter(key => !key.startsWith('--'))) pressKey(phone, keyCode(key))
      return 0
    default:
      throw new CommandFailure(`Error: Unknown command: ${verb}`, 255)
  }
}

function keyCode(key: string): number {
  return /^\d+$/.test(key) ? Number(key) : (keyCodes[key.replace(/^KEYCODE_/, '')] ?? 0)
}
