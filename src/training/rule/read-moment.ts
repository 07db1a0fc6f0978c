/**
 * Epoch milliseconds of a date or timestamp as SQL writes it (`2001-02-28`, `2001-02-28 06:30:00.5`, with `T` and with an
 * offset too); UTC where no offset is given. Undefined where the text is no moment.
 */
export function readMoment(text: string): number | undefined {
  const match = pattern.exec(text.trim())
  if (!match) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match
  const offset = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.toUpperCase()
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3)
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}${offset}`
  const moment = Date.parse(iso)
  const real = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day)
  return Number.isNaN(moment) || !real ? undefined : moment
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*(Z|[+-]\d\d(?::\d\d)?)?)?$/i
