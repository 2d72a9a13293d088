// Defines the request that a report answers, as data. Its `command` says the same for people, and is not read again.

/** Words as they were given, without quotes. */
export interface ReportRequest {
  readonly inputs: readonly string[];
  /** Options and their values: ["--policy", "acme.yaml"]. */
  readonly options: readonly (readonly [name: string, ...values: string[]])[];
  /** Store that contains what was read of the inputs: next commands read it, which is faster and works without the inputs. */
  readonly stored?: string;
}

/** Key of the request in a document: no format prints what a symbol names, so documents read from JSON have none. */
export const REQUEST = Symbol('request');
