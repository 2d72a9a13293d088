// Replaces src/cli/rights/confine.ts in the process of tests (vitest.config.ts): confinement and limits are permanent, and
// would hold for all tests that follow.

import type { ConfineOptions } from '../src/native/addon.ts';

export * from '../src/cli/rights/confine.ts';

/** What commands asked for, in order. */
export const confinements: ConfineOptions[] = [];

export function confine(options: ConfineOptions): void {
  confinements.push(options);
}

export function limitProcess(): void {}
