/** What a phone is, as its maker would say. */
export interface PhoneModel {
  manufacturer: string
  model: string
  /** The maker's short name of it, without blanks. */
  device: string
  sdk: number
  release: string
  abi: string
  /** As `ro.build.characteristics` has it. */
  formFactor: 'default' | 'tablet'
}

/** Phones that nobody sells. */
export const phoneModels: readonly PhoneModel[] = [
  {
    manufacturer: 'Simulacrum',
    model: 'Sim One',
    device: 'sim_one',
    sdk: 34,
    release: '14',
    abi: 'arm64-v8a',
    formFactor: 'default',
  },
  {
    manufacturer: 'Simulacrum',
    model: 'Sim Two',
    device: 'sim_two',
    sdk: 35,
    release: '15',
    abi: 'arm64-v8a',
    formFactor: 'default',
  },
  {
    manufacturer: 'Papier',
    model: 'Tafel 8',
    device: 'tafel8',
    sdk: 33,
    release: '13',
    abi: 'arm64-v8a',
    formFactor: 'tablet',
  },
]
