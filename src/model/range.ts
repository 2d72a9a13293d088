// What an estimate is: the truth lies between both ends.

export interface Range {
  readonly min: number;
  readonly max: number;
  /** Only of a live sensor: something is under way that is not counted yet. */
  readonly isOpen?: true;
}
