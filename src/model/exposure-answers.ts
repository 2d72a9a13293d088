// Lists the words of advisories: severities, and answers to the question if a host ran an affected build.

/** Severities of advisories, most severe first. unrated: the rating is unknown. */
export const ADVISORY_SEVERITIES = ['critical', 'high', 'unrated', 'medium', 'low', 'info'] as const;

export type AdvisorySeverity = (typeof ADVISORY_SEVERITIES)[number];

/**
 * ran: only affected versions can have made an observed start. may: they can have made a start, or use has no placed
 * start. notSeen: every use has a placed start, and affected versions can have made none of them.
 */
export const EXPOSURE_ANSWERS = ['ran', 'may', 'notSeen', 'cannotSay'] as const;

export type ExposureAnswer = (typeof EXPOSURE_ANSWERS)[number];

/**
 * Reasons why a day has no answer. noStart: the use has no start. startUnknown: no recorded build matches the start.
 * newerStart: as startUnknown, and the start is later than the recordings. noBuilds: the catalogue has no recorded
 * build. noVersion: no answer of a service stated the version of this product. unmapped: the advisory names no known
 * version.
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
