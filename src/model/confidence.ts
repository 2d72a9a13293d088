// Lists the words of evidence: degrees of confidence, and reasons for doubt.

export const CONFIDENCES = ['certain', 'likely', 'possible'] as const;

export type Confidence = (typeof CONFIDENCES)[number];

/** Orders degrees; the strongest has the highest rank. */
export const CONFIDENCE_RANK: Readonly<Record<Confidence, number>> = { possible: 0, likely: 1, certain: 2 };

/** Identifiers of the evidence, by meaning. */
export const DOUBT = {
  /** No flow shows that both ends took part. */
  oneSided: 'one-sided',
  /** Packets of a flow contradict each other, or differ from other flows of the host. */
  contradicted: 'contradicted',
  /** Frames carry the MAC of another machine. */
  otherMachine: 'other-machine',
  /** A sensor reports a host that usually other sensors report. */
  unusualSensor: 'unusual-sensor',
} as const;

/** Rule name of evidence that another tool of the host may have made the same flows. */
export const RIVAL = 'rival';

export const DOUBTS: ReadonlySet<string> = new Set(Object.values(DOUBT));
