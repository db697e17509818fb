import { androidDriver } from '../../drivers/android/android-driver.js'
import { chromiumDriver } from '../../drivers/chromium/chromium-driver.js'
import { fakeDriver } from '../../drivers/fake/fake-driver.js'
import { iosDriver } from '../../drivers/ios/ios-driver.js'
import type { Driver } from '../device/driver/driver.js'

/** Every driver there is; the one place that knows them all. */
export const drivers: readonly Driver[] = [chromiumDriver, androidDriver, iosDriver, fakeDriver]
