// Evidence against flows or against the reporting sensor: without other evidence a finding remains a
// suspicion. Declared once for attribution, which produces it, and for policies, which read it.

/** Identifiers of the evidence, by meaning. */
export const DOUBT = {
  /** No flow shows that both ends took part. */
  oneSided: 'one-sided',
  /** Packets of a flow contradict each other. */
  contradicted: 'contradicted',
  /** Frames carry the MAC of another machine. */
  otherMachine: 'other-machine',
  /** A sensor reports a host that other sensors see usually. */
  unusualSensor: 'unusual-sensor',
} as const;

export const DOUBTS: ReadonlySet<string> = new Set(Object.values(DOUBT));
