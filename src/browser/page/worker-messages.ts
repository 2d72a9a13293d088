// Defines the messages between the page and its worker. Files stay with the browser: the worker reads them as streams.

/** A capture with its name in the report. */
export interface ChosenFile {
  readonly name: string;
  readonly file: Blob;
  /** True for a file of a folder without the name of a capture: if it is none, it is skipped with a note. */
  readonly isOptional?: boolean;
}

/** Formats in which the last reading can be saved. */
export type SavedFormat = 'html' | 'json' | 'csv' | 'usage' | 'bundle';

/** A policy file, or one that the form has made. */
export interface ChosenPolicy {
  readonly name: string;
  readonly text: string;
}

/** A ban from the form. */
export interface Ban {
  readonly tools: readonly string[];
  /** Date as YYYY-MM-DD, in the time zone. */
  readonly from: string;
  readonly timezone: string;
}

export type ToWorker =
  | {
      readonly kind: 'read';
      /** Number of the reading, which changes with the files. Another policy does not read the same files again. */
      readonly reading: number;
      /** Number of the request; the answer repeats it. */
      readonly request: number;
      readonly files: readonly ChosenFile[];
      /** Time zone if the policy has none. */
      readonly timezone: string;
      readonly policy: ChosenPolicy | null;
    }
  | { readonly kind: 'stop' }
  | { readonly kind: 'policy'; readonly policy: ChosenPolicy }
  | { readonly kind: 'ban'; readonly ban: Ban }
  | { readonly kind: 'save'; readonly format: SavedFormat };

/** Lines of one error, as the command line prints them. */
export type ErrorText = readonly string[];

export interface ReadReport {
  /** The page of `--format html`. */
  readonly html: Blob;
  readonly packets: number;
  readonly captures: number;
  /** True if the reading was cancelled: the report covers the part read so far. */
  readonly interrupted: boolean;
  /** True if a policy was evaluated, so that an evidence bundle is possible. */
  readonly hasPolicy: boolean;
  /** One error for each incompletely read capture. */
  readonly errors: readonly ErrorText[];
  readonly notes: readonly string[];
}

/** A tool of the catalogue, for the form. */
export interface NamedTool {
  readonly id: string;
  readonly name: string;
}

export type FromWorker =
  | { readonly kind: 'ready'; readonly tools: readonly NamedTool[] }
  | {
      readonly kind: 'progress';
      readonly bytesRead: number;
      readonly bytesTotal: number;
      /** Visible text. */
      readonly file: string;
    }
  | { readonly kind: 'report'; readonly request: number; readonly report: ReadReport }
  | { readonly kind: 'unread'; readonly request: number; readonly error: ErrorText }
  /** A valid policy; its name is visible text. */
  | {
      readonly kind: 'policy';
      readonly policy: ChosenPolicy;
      readonly name: string;
      readonly rules: number;
    }
  /** A failure does not change the report. */
  | { readonly kind: 'failed'; readonly of: 'start' | 'policy' | 'save'; readonly error: ErrorText }
  | { readonly kind: 'saved'; readonly format: SavedFormat; readonly name: string; readonly content: Blob };
