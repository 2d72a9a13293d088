/**
 * Returns milliseconds since the start of the process; monotonic. The global `performance` would add 2 ms to the start
 * when it is first used.
 */
export const uptimeMs = (): number => process.uptime() * 1000;
