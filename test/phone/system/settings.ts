const factory: Record<string, Record<string, string>> = {
  global: {
    window_animation_scale: '1.0',
    transition_animation_scale: '1.0',
    animator_duration_scale: '1.0',
    stay_on_while_plugged_in: '0',
    wifi_on: '1',
    mobile_data: '1',
    airplane_mode_on: '0',
    adb_enabled: '1',
    auto_time: '1',
    auto_time_zone: '1',
  },
  system: { accelerometer_rotation: '1', user_rotation: '0', screen_off_timeout: '60000', screen_brightness: '128' },
  secure: { default_input_method: 'com.android.inputmethod.latin/.LatinIME', location_mode: '3', android_id: '' },
}

/** What `settings get|put|delete|list` reads and writes; survives a reboot. */
export class Settings {
  readonly #values = new Map<string, Map<string, string>>(
    Object.entries(factory).map(([namespace, values]) => [namespace, new Map(Object.entries(values))]),
  )

  get(namespace: string, key: string): string | undefined {
    return this.#values.get(namespace)?.get(key)
  }

  put(namespace: string, key: string, value: string): void {
    this.#values.get(namespace)?.set(key, value)
  }

  delete(namespace: string, key: string): boolean {
    return this.#values.get(namespace)?.delete(key) ?? false
  }

  list(namespace: string): [string, string][] {
    return [...(this.#values.get(namespace) ?? [])].sort(([a], [b]) => a.localeCompare(b))
  }

  has(namespace: string): boolean {
    return this.#values.has(namespace)
  }
}
