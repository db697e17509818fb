import { controlNames, type PhoneControls } from './control-calls.js'

/** A simulated phone of another process. */
export interface PhoneClient extends PhoneControls {
  /** Its serial number in adb, and its udid for Appium. */
  readonly serial: string
  readonly manufacturer: string
  readonly model: string
}

/**
 * Controls one phone over HTTP.
 * @param control - `http://127.0.0.1:PORT`, as announced by the phones' process
 */
export function phoneClient(
  control: string,
  phone: Pick<PhoneClient, 'serial' | 'manufacturer' | 'model'>,
): PhoneClient {
  const call = async (name: string, argument?: unknown): Promise<unknown> => {
    const response = await fetch(`${control}/phones/${encodeURIComponent(phone.serial)}/${name}`, {
      method: 'POST',
      ...(argument === undefined ? {} : { body: JSON.stringify(argument) }),
    })
    const value = (await response.json()) as { message?: string }
    if (!response.ok) throw new Error(value.message)
    return value
  }
  const controls = Object.fromEntries(controlNames.map(name => [name, (argument?: unknown) => call(name, argument)]))
  return { ...(controls as unknown as PhoneControls), ...phone }
}
