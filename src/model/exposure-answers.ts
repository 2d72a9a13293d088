// Words of advisories: severities, and answers to whether a host ran an affected build.

/** Severities of advisories, the gravest first; unrated: no rating is known. */
export const ADVISORY_SEVERITIES = ['critical', 'high', 'unrated', 'medium', 'low', 'info'] as const;

export type AdvisorySeverity = (typeof ADVISORY_SEVERITIES)[number];

/**
 * ran: a start was seen that only affected versions can have made. may: one that they can have made, or use without a
 * start that is placed. notSeen: every use has a placed start, and none is of theirs.
 */
export const EXPOSURE_ANSWERS = ['ran', 'may', 'notSeen', 'cannotSay'] as const;

export type ExposureAnswer = (typeof EXPOSURE_ANSWERS)[number];

/**
 * The reason why a day has no answer. noStart: the use has no start. startUnknown: no start fits the recorded builds.
 * newerStart: the same, and later than the recordings. noBuilds: none is recorded. noVersion: no answer of a service stated
 * the version of this product. unmapped: the advisory names no known version.
 */
export const EXPOSURE_REASONS = [
  'startUnknown',
  'newerStart',
  'noStart',
  'noBuilds',
  'noVersion',
  'unmapped',
] as const;

export type ExposureReason = (typeof EXPOSURE_REASONS)[number];

export const GRAVEST_FIRST: readonly ExposureAnswer[] = ['ran', 'may', 'cannotSay', 'notSeen'];
