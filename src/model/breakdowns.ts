// What reports are broken down by.

export const BREAKDOWNS = ['hour', 'day', 'week', 'tool', 'host', 'role'] as const;

export type BreakdownBy = (typeof BREAKDOWNS)[number];
