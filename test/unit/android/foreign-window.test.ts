import assert from 'node:assert/strict'
import { findForeignWindow } from '../../../drivers/android/health/foreign-window.js'

const focus = (title: string): string => `  mCurrentFocus=Window{6b2a1c0 u0 ${title}}\n  mDreamingLockscreen=false\n`

describe('a foreign window in front of a phone', () => {
  for (const [title, expected] of [
    ['Application Not Responding: com.android.systemui', `"com.android.systemui isn't responding" (wait)`],
    ['Application Error: com.google.android.gms', '"com.google.android.gms has stopped" (close)'],
    [
      'com.android.vending/com.google.android.finsky.protectdialogs.activity.PlayProtectDialogsActivity',
      'Play Protect (back)',
    ],
    ['com.google.android.gms/com.google.android.gms.update.SystemUpdateActivity', 'a system update (back)'],
    ['com.wssyncmldm/com.idm.fotaagent.FirmwareUpdateActivity', 'a system update (back)'],
    ['com.android.systemui/com.android.systemui.usb.UsbDebuggingActivity', 'a question about USB (back)'],
    ['com.android.settings/com.android.settings.bluetooth.BluetoothPairingDialog', 'a question about Bluetooth (back)'],
  ] as const) {
    it(`is ${expected}`, () => {
      const found = findForeignWindow(focus(title), 'com.example.chat')
      assert.equal(found && `${found.name} (${found.dismissal})`, expected)
    })
  }

  it('is the lock screen, whatever has the focus', () => {
    assert.deepEqual(findForeignWindow('  mCurrentFocus=null\n  mShowingLockscreen=true\n', undefined), {
      name: 'the lock screen',
      dismissal: 'unlock',
    })
  })

  for (const title of [
    'com.example.chat/com.example.chat.MainActivity',
    'com.example.chat/com.example.chat.SystemUpdateActivity',
    'Application Not Responding: com.example.chat',
    'Application Error: com.example.chat',
    'com.android.permissioncontroller/com.android.permissioncontroller.permission.ui.GrantPermissionsActivity',
    'com.android.settings/com.android.settings.Settings',
    'com.android.launcher3/com.android.launcher3.Launcher',
    'NotificationShade',
    'android/com.android.internal.app.ChooserActivity',
    'InputMethod',
  ]) {
    it(`is not ${title}`, () => {
      assert.equal(findForeignWindow(focus(title), 'com.example.chat'), undefined)
    })
  }

  it('is not there if no window has the focus', () => {
    assert.equal(findForeignWindow('  mCurrentFocus=null\n', undefined), undefined)
    assert.equal(findForeignWindow('', undefined), undefined)
  })
})
