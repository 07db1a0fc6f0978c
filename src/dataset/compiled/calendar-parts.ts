/** What DuckDB's functions of these names give of a moment in UTC, in epoch milliseconds. */
export const calendarParts: Readonly<Record<string, (moment: number) => number>> = {
  year: (moment) => new Date(moment).getUTCFullYear(),
  quarter: (moment) => Math.floor(new Date(moment).getUTCMonth() / 3) + 1,
  month: (moment) => new Date(moment).getUTCMonth() + 1,
  day: (moment) => new Date(moment).getUTCDate(),
  dayofmonth: (moment) => new Date(moment).getUTCDate(),
  hour: (moment) => Math.floor(moment / 3_600_000) - 24 * days(moment),
  minute: (moment) => Math.floor(moment / 60_000) - 60 * Math.floor(moment / 3_600_000),
  second: (moment) => Math.floor(moment / 1000) - 60 * Math.floor(moment / 60_000),
  dayofweek: fromSunday,
  dow: fromSunday,
  weekday: fromSunday,
  isodow: (moment) => ((((days(moment) + 3) % 7) + 7) % 7) + 1,
}

const days = (moment: number): number => Math.floor(moment / 86_400_000)

/** Sunday is 0; the first of January 1970 was a Thursday. */
function fromSunday(moment: number): number {
  return (((days(moment) + 4) % 7) + 7) % 7
}
