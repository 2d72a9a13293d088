// Describes an advisory as a database publishes it, in one form for all formats.

import type { Severity } from '../../model/findings.ts';

export interface PublishedAdvisory {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly title: string;
  /** YYYY-MM-DD; null: unknown. */
  readonly published: string | null;
  readonly modified: string | null;
  /** Milliseconds of Unix time; 0: unknown. */
  readonly modifiedMs: number;
  readonly isWithdrawn: boolean;
  /** Null if the advisory has neither a level nor a vector with a known score. */
  readonly severity: Severity | null;
  readonly score: number | null;
  readonly vector: string | null;
  readonly links: readonly string[];
  readonly packages: readonly PublishedPackage[];
}

export interface PublishedPackage {
  /** The ecosystem under its name in OSV; empty if the advisory has none. */
  readonly ecosystem: string;
  readonly name: string;
  readonly ranges: readonly PublishedRange[];
  readonly versions: readonly string[];
  /** Upper bound that a database states in addition to open ranges, as comparators: "<= 1.2.3". */
  readonly lastKnown: string | null;
  /** Fixed versions that are not ends of ranges. */
  readonly fixed: readonly string[];
}

export type PublishedRange =
  | { readonly kind: 'events'; readonly events: readonly RangeEvent[] }
  | { readonly kind: 'comparators'; readonly text: string }
  /** The ends of the range are commits. */
  | { readonly kind: 'commits'; readonly repository: string | null }
  | { readonly kind: 'unknown'; readonly type: string };

export interface RangeEvent {
  readonly type: 'introduced' | 'fixed' | 'last_affected' | 'limit';
  readonly version: string;
}

/** Reports an invalid file; the message contains the location. */
export class AdvisoryFault extends Error {}
