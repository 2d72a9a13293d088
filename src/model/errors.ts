// The error class of the project: stable codes, and messages with what, where, and the next step.

/** Closed list of error codes; docs/errors.md explains each. */
export const ERROR_CODES = [
  'USAGE', // wrong command line or wrong option: exit code 2
  'POLICY_INVALID', // exit code 2
  'CATALOGUE_INVALID', // exit code 2
  'CONFIG_INVALID', // exit code 2
  'HOSTS_INVALID', // exit code 2
  'SENSORS_INVALID', // exit code 2
  'INPUT_UNREADABLE', // a file is missing, may not be read, or holds nothing that can be read: exit code 3
  'INPUT_DAMAGED', // part of an input is unreadable: exit code 4 when the rest was read
  'STORE_DAMAGED',
  'STORE_BUSY',
  'STORE_WRITE',
  'QUESTION_LIMIT', // a question in SQL took more memory or time than it may: exit code 3
  'SENSOR_NAME', // two sensors go by one name: exit code 3
  'CARRIER_FAILED', // the transport of windows is unreachable or refuses: exit code 3
  'ADDON_MISSING',
  'PERMISSION',
  'NO_INTERFACE',
  'INTERFACE_DOWN',
  'CAPTURE_FAILED',
  'LISTEN_FAILED',
  'FILTER_INVALID',
  'BUNDLE_INVALID',
  'SIGNED_CONFIG_INVALID', // a signed configuration is unusable: the one in force remains
  'ABORTED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Location of an error and its fix, if they have a line of their own. */
export interface ErrorDetails {
  readonly cause?: unknown;
  /** For example "acme.yaml:31:5, exceptions[0]". */
  readonly where?: string;
  /** For example "add until: YYYY-MM-DD". */
  readonly next?: string;
}

/** An error of the environment, never of a packet: malformed packets are counted, not thrown. */
export class WiretallyError extends Error {
  readonly code: ErrorCode;
  readonly where: string | null;
  readonly next: string | null;

  constructor(code: ErrorCode, message: string, details?: ErrorDetails) {
    super(message, details);
    this.name = 'WiretallyError';
    this.code = code;
    this.where = details?.where ?? null;
    this.next = details?.next ?? null;
  }
}
