import { density, size } from '../screen/view.js'
import { CommandFailure, type Command } from './shell-io.js'

export const wm: Command = ({ phone, args, io }) => {
  const [verb = ''] = args
  switch (verb) {
    case 'size':
      io.out(`Physical size: ${size.width}x${size.height}\n`)
      return 0
    case 'density':
      io.out(`Physical density: ${density}\n`)
      return 0
    case 'dismiss-keyguard':
      phone.display.dismiss()
      return 0
    case 'user-rotation':
    case 'set-user-rotation':
    case 'fixed-to-user-rotation':
      if (args[1] === 'lock' && args[2] !== undefined) phone.display.freezeRotation(Number(args[2]))
      return 0
    default:
      throw new CommandFailure(`Unknown command: ${verb}`, 255)
  }
}
