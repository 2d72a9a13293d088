// Defines the request that a report answers, as data. `command` has the same content for people and is never parsed.

/** Words as the user typed them, without quotes. */
export interface ReportRequest {
  readonly inputs: readonly string[];
  /** Options and their values: ["--policy", "acme.yaml"]. */
  readonly options: readonly (readonly [name: string, ...values: string[]])[];
  /**
   * Store with the windows that were read from the inputs. Next commands read it, which is faster and works without the
   * inputs.
   */
  readonly stored?: string;
}

/** Key of the request in a document. Formats do not print symbols, so documents read from JSON lack it. */
export const REQUEST = Symbol('request');
