/** The local time in some time zone. */
export interface ZoneTime {
  year: string
  month: string
  day: string
  hour: string
  minute: string
  second: string
  milli: string
  /** `+0200` */
  offset: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

export function zoneTime(ms: number, timeZone: string): ZoneTime {
  const parts: Record<string, string> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(ms)) parts[type] = value
  const part = (name: string): string => parts[name] ?? '00'
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    milli: part('fractionalSecond'),
    offset: part('timeZoneName').replace('GMT', '').replace(':', '') || '+0000',
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  })
  formats.set(timeZone, format)
  return format
}
