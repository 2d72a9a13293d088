// Units of time that windows, days and reports are counted in.

/** Microseconds of a second: instants are microseconds, spans of windows seconds. */
export const US = 1_000_000;
/** The longest window, and the grain of policies and of stores: every time zone's day begins with one. */
export const QUARTER_SECONDS = 900;
export const DAY_SECONDS = 86_400;
/** End of the year 9999: what lies behind has no instant of RFC 3339. */
export const LATEST_SECONDS = 253_402_300_800;
