// Validates dates and times of day.

export type DateTime = readonly [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

/** True for an existing date and time of day, including leap seconds. */
export const isDateTime = (...[year, month, day, hour, minute, second]: DateTime): boolean =>
  month >= 1 &&
  month <= 12 &&
  day >= 1 &&
  (day <= 28 || day <= new Date(Date.UTC(year, month, 0)).getUTCDate()) &&
  hour <= 23 &&
  minute <= 59 &&
  second <= 60;
