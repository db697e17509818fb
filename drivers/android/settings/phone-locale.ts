/** A language as Android's settings know it: `zh-Hans-CN` is language, script and country. */
export interface PhoneLocale {
  language: string
  script?: string
  country: string
}

/**
 * Reads `de-DE`, `de_DE` or `zh-Hans-CN`.
 * @param guess - whether a missing country may be the likeliest; a phone's own need not name one
 * @returns undefined where it is none
 */
export function parseLocale(text: string, guess = false): PhoneLocale | undefined {
  try {
    const locale = new Intl.Locale(text.replaceAll('_', '-'))
    const country = locale.region ?? (guess ? locale.maximize().region : undefined)
    if (country === undefined) return undefined
    return { language: locale.language, country, ...(locale.script !== undefined && { script: locale.script }) }
  } catch {
    return undefined
  }
}

/** As `persist.sys.locale` has it. */
export function formatLocale({ language, script, country }: PhoneLocale): string {
  return [language, script, country].filter(Boolean).join('-')
}
