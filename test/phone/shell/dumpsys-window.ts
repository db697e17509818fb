import { chatPackage } from '../chat/chat-state.js'
import { size } from '../screen/view.js'
import type { Phone } from '../phone.js'
import type { Invocation } from './shell-io.js'

/** `dumpsys window [displays|windows|policy]` */
export function dumpWindow({ phone }: Invocation): string {
  const { on, locked } = phone.display
  const front = component(phone)
  const { notResponding } = phone.behavior
  const dialog = notResponding === '' ? undefined : `Application Not Responding: ${notResponding}`
  const focus = locked ? 'NotificationShade' : (dialog ?? front)
  return `WINDOW MANAGER DISPLAY CONTENTS (dumpsys window displays)
  Display: mDisplayId=0
    init=${size.width}x${size.height} 320dpi cur=${size.width}x${size.height} app=${size.width}x${size.height}
  mCurrentFocus=Window{6b2a1c0 u0 ${focus}}
  mFocusedApp=ActivityRecord{1f2e3d4 u0 ${front} t12}
  mCurrentRotation=ROTATION_${phone.display.rotation * 90}
WINDOW MANAGER POLICY STATE (dumpsys window policy)
    mAwake=${on}
    mScreenOnEarly=${on} mScreenOnFully=${on}
    screenState=SCREEN_STATE_${on ? 'ON' : 'OFF'}
    KeyguardServiceDelegate
      showing=${locked}
      inputRestricted=${locked}
      KeyguardStateMonitor
        mIsShowing=${locked}
        mSimSecure=false
        mInputRestricted=${locked}
    mShowingLockscreen=${locked} mDreamingLockscreen=${locked}
`
}

function component(phone: Phone): string {
  const front = phone.apps.front
  if (!front) return 'com.android.launcher3/.Launcher'
  return `${front.package}/${front.activity}`
}

/** `dumpsys activity [activities|processes|services …|top]` */
export function dumpActivity({ phone, args }: Invocation): string {
  const [what = '', name = ''] = args
  switch (what) {
    case 'services':
      return services(phone, name)
    case 'processes':
      return phone.processes
        .list()
        .map(({ pid, name }) => `  *APP* UID 10123 ProcessRecord{a1b2c3 ${pid}:${name}/u0a123}\n`)
        .join('')
    case 'lastanr':
      return phone.logcat.entries().some(({ message }) => message.startsWith('ANR in '))
        ? `ANR in ${chatPackage}\n`
        : '<no ANR has occurred since boot>\n'
    default:
      return `  mResumedActivity: ActivityRecord{1f2e3d4 u0 ${component(phone)} t12}\n  topResumedActivity=ActivityRecord{1f2e3d4 u0 ${component(phone)} t12}\n`
  }
}

function services(phone: Phone, name: string): string {
  const [packageName = ''] = name.split('/')
  const pid = phone.processes.pidOf(packageName)
  // The driver asks for the recording service of its settings app by name; that one never runs here.
  if (pid === 0 || name.includes('/')) return 'ACTIVITY MANAGER SERVICES (dumpsys activity services)\n  (nothing)\n'
  return `ACTIVITY MANAGER SERVICES (dumpsys activity services)
  * ServiceRecord{5d3c1a u0 ${packageName}/.ForegroundService}
    app=ProcessRecord{a1b2c3 ${pid}:${packageName}/u0a123}
    isForeground=true foregroundId=1
`
}
