// Defines the messages between the page and its worker. Files stay with the browser: the worker reads them as streams.

/** A capture, by the name that the report shows. */
export interface ChosenFile {
  readonly name: string;
  readonly file: Blob;
  /** The file comes from a folder and is not named as a capture: if it is none, it is left out, with a note. */
  readonly isOptional?: boolean;
}

/** The last reading can be saved in these formats. */
export type SavedFormat = 'html' | 'json' | 'csv' | 'usage' | 'bundle';

/** A policy file, or one that the form has made. */
export interface ChosenPolicy {
  readonly name: string;
  readonly text: string;
}

/** A ban, as the form asks for it. */
export interface Ban {
  readonly tools: readonly string[];
  /** YYYY-MM-DD, in the zone. */
  readonly from: string;
  readonly timezone: string;
}

export type ToWorker =
  | {
      readonly kind: 'read';
      /** Another number for other files: the same files are not read again for another policy. */
      readonly reading: number;
      /** Repeated in the answer. */
      readonly request: number;
      readonly files: readonly ChosenFile[];
      /** Applies if the policy has no zone. */
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
  /** It was cancelled: the report is of what was read until then. */
  readonly interrupted: boolean;
  /** A policy was evaluated: there can be an evidence bundle. */
  readonly hasPolicy: boolean;
  /** One for each capture that was not read to its end. */
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
  /** A failure leaves the report as it is. */
  | { readonly kind: 'failed'; readonly of: 'start' | 'policy' | 'save'; readonly error: ErrorText }
  | { readonly kind: 'saved'; readonly format: SavedFormat; readonly name: string; readonly content: Blob };
