// An advisory as a database publishes it, in one shape for all formats.

import type { Severity } from '../../model/findings.ts';

export interface PublishedAdvisory {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly title: string;
  /** YYYY-MM-DD; null: not given. */
  readonly published: string | null;
  readonly modified: string | null;
  /** Milliseconds of Unix time; 0: not given. */
  readonly modifiedMs: number;
  readonly isWithdrawn: boolean;
  /** Null: neither a level nor a vector with a known score. */
  readonly severity: Severity | null;
  readonly score: number | null;
  readonly vector: string | null;
  readonly links: readonly string[];
  readonly packages: readonly PublishedPackage[];
}

export interface PublishedPackage {
  /** The ecosystem has OSV's name; empty: none is given. */
  readonly ecosystem: string;
  readonly name: string;
  readonly ranges: readonly PublishedRange[];
  readonly versions: readonly string[];
  /** An upper end that a database gives next to open ranges, as comparators: "<= 1.2.3". */
  readonly lastKnown: string | null;
  /** Versions that fix it, where they are not ends of ranges. */
  readonly fixed: readonly string[];
}

export type PublishedRange =
  | { readonly kind: 'events'; readonly events: readonly RangeEvent[] }
  | { readonly kind: 'comparators'; readonly text: string }
  /** Ends are commits. */
  | { readonly kind: 'commits'; readonly repository: string | null }
  | { readonly kind: 'unknown'; readonly type: string };

export interface RangeEvent {
  readonly type: 'introduced' | 'fixed' | 'last_affected' | 'limit';
  readonly version: string;
}

/** A file is not what it should be; the message says where. */
export class AdvisoryFault extends Error {}
