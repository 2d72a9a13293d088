// An advisory about versions of a tool: which are affected, since when, and what to do.

import type { VersionSpan } from '../text/version.ts';
import type { Severity } from './words.ts';

export interface Advisory {
  readonly id: string;
  readonly title: string;
  /** Id of the catalogue. */
  readonly tool: string;
  /** Versions that are affected, oldest first. */
  readonly affected: readonly VersionSpan[];
  /** As the lines of builds name them; empty: all. */
  readonly platforms: readonly string[];
  /** Days on which it matters that one ran, both in it; null: open to that side. */
  readonly since: string | null;
  readonly until: string | null;
  readonly severity: Severity;
  readonly sources: readonly string[];
  /** What to do, in a sentence. */
  readonly action: string;
}
