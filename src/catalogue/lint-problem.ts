// One thing that is wrong with a catalogue: in which entry, at which line of it.

export interface LintProblem {
  readonly tool: string;
  /** Like "endpoints[3].host". */
  readonly path: string;
  readonly message: string;
}
