// Defines the units of time of windows, days and reports.

/** Microseconds of a second: instants are microseconds, spans of windows seconds. */
export const US = 1_000_000;
export const MINUTE_SECONDS = 60;
/** The longest window, and the granularity of policies and stores: in every time zone a day begins at a quarter hour. */
export const QUARTER_SECONDS = 900;
/** Returns the start of the quarter hour of an instant; both in Unix seconds. */
export const floorToQuarter = (seconds: number): number =>
  Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;
export const HOUR_SECONDS = 3600;
export const DAY_SECONDS = 86_400;
export const DAY_MS = 86_400_000;
/** End of the year 9999: RFC 3339 has no later instants. */
export const LATEST_SECONDS = 253_402_300_800;

/** Nanoseconds since 1970-01-01T00:00:00Z as microseconds: exact in a double until the year 2255. */
export type TimestampUs = number;
