// Dates and times of day that exist.

export type DateTime = readonly [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

/** True for a date and a time of day in the calendar; a leap second is one. */
export const isDateTime = (...[year, month, day, hour, minute, second]: DateTime): boolean =>
  month >= 1 &&
  month <= 12 &&
  day >= 1 &&
  (day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate()) &&
  hour <= 23 &&
  minute <= 59 &&
  second <= 60;
