import { z } from 'zod'
import { text } from '../../src/device/schema-parts.js'

const httpUrl = text(value =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
    ? undefined
    : 'expected the URL of a running WebDriverAgent, e.g. "http://192.168.0.20:8100"',
)

/** Keys of a devices.json entry with `"driver": "ios"`. */
export const iosKeys = z.object({
  udid: z.string().describe('Identifier of the phone, as `xcrun xctrace list devices` and `idevice_id -l` list it'),
  platformVersion: z.string().describe('Its version of iOS, e.g. "18.5"'),
  wda: httpUrl.describe('URL of the WebDriverAgent that runs on the phone, e.g. "http://192.168.0.20:8100"'),
  bundleId: z.string().optional().describe('Bundle id of the app under test, which is installed on the phone'),
  answerMs: z.int().min(100).optional().describe('Milliseconds in which WebDriverAgent must answer; default 5,000'),
})

export type IosKeys = z.infer<typeof iosKeys>
