// What an estimate is: the truth lies between both ends.

export interface Range {
  readonly min: number;
  readonly max: number;
}
