/** A locale as in Android's settings: `zh-Hans-CN` is language, script and country. */
export interface PhoneLocale {
  language: string
  script?: string
  country: string
}

/**
 * Parses `de-DE`, `de_DE` or `zh-Hans-CN`.
 * @param guess - replaces a missing country by the likeliest one; a phone's own locale may lack it
 * @returns undefined if the text is not a locale
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

/** In the format of the property `persist.sys.locale`. */
export function formatLocale({ language, script, country }: PhoneLocale): string {
  return [language, script, country].filter(Boolean).join('-')
}
