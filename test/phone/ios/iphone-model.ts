/** What a simulated iPhone is. */
export interface IphoneModel {
  /** As iOS reports it: `iPhone`, `iPad`. */
  model: string
  /** As WebDriverAgent's `/status` reports it. */
  device: 'iphone' | 'ipad'
  iosVersion: string
}

export const iphoneModels: readonly IphoneModel[] = [
  { model: 'iPhone', device: 'iphone', iosVersion: '18.5' },
  { model: 'iPhone', device: 'iphone', iosVersion: '17.6' },
  { model: 'iPad', device: 'ipad', iosVersion: '18.5' },
]
