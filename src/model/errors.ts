// The one error class of the project: stable codes, and messages that say what, where, and the next step.

/** Closed list of error codes; docs/errors.md explains each. */
export const ERROR_CODES = [
  'USAGE', // wrong command line or wrong option: exit code 2
  'POLICY_INVALID', // exit code 2
  'CATALOGUE_INVALID', // exit code 2
  'HOSTS_INVALID', // exit code 2
  'INPUT_UNREADABLE', // a file is missing, may not be read, or holds nothing that can be read: exit code 3
  'INPUT_DAMAGED', // part of an input could not be read: exit code 4 when the rest was
  'STORE_DAMAGED',
  'STORE_BUSY',
  'STORE_WRITE',
  'ADDON_MISSING',
  'PERMISSION',
  'NO_INTERFACE',
  'INTERFACE_DOWN',
  'CAPTURE_FAILED',
  'FILTER_INVALID',
  'BUNDLE_INVALID',
  'ABORTED',
  'INTERNAL',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error of the world around the program, never of a packet: packets are counted, not thrown. */
export class WiretallyError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'WiretallyError';
    this.code = code;
  }
}
