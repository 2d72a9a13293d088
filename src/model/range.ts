// An estimate: the true value lies between both bounds.

export interface Range {
  readonly min: number;
  readonly max: number;
  /** Only of a live sensor: something is under way that is not counted yet. */
  readonly isOpen?: true;
}
