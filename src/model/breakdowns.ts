// Lists the keys by which reports can be broken down.

export const BREAKDOWNS = ['hour', 'day', 'week', 'tool', 'host', 'role'] as const;

export type BreakdownBy = (typeof BREAKDOWNS)[number];
