/** Milliseconds since the process began; never goes back. The global `performance` takes 2 ms of a start when it is first used. */
export const uptimeMs = (): number => process.uptime() * 1000;
