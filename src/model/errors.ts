// Defines the error class of the project, its stable codes, and messages with what failed, where, and the next step.

interface ErrorFacts {
  /** Exit code of a command that fails with this error. */
  readonly exit: 1 | 2 | 3 | 4 | 130;
  readonly exitNote?: string;
  /** Markdown, like `action`. */
  readonly cause: string;
  readonly action?: string;
}

/** All errors: each code with its exit code, its cause and its fix. docs/errors.md is generated from this list. */
export const ERRORS = {
  USAGE: {
    exit: 2,
    cause:
      'a command, option or value is wrong; a file named by an option cannot be read; an output would overwrite an input',
    action: 'the message names the most similar word; `wiretally COMMAND --help`',
  },
  POLICY_INVALID: {
    exit: 2,
    cause: 'the policy file is invalid; every fault is listed with line and path',
    action: '`wiretally policy check FILE`',
  },
  CATALOGUE_INVALID: {
    exit: 2,
    cause: 'a file of `--catalogue` is invalid or repeats a known ID',
    action: '`wiretally catalogue lint --catalogue DIR`',
  },
  CONFIG_INVALID: {
    exit: 2,
    cause:
      'the configuration or a variable `WIRETALLY_…` is invalid, unreadable or owned by another user; every fault is listed with line and path',
    action: '`wiretally config check`; [configuration.md](configuration.md)',
  },
  HOSTS_INVALID: {
    exit: 2,
    cause: 'the hosts file is invalid',
    action: 'fix the named line',
  },
  REGISTER_INVALID: {
    exit: 2,
    cause: 'the register of `--register` is invalid; every fault is listed with its line',
    action: '[policy.md](policy.md#register)',
  },
  SENSORS_INVALID: {
    exit: 2,
    cause: 'the sensors file is invalid; every fault is listed with line and path',
    action: '[fleet.md](fleet.md#which-sensor-reports-which-hosts)',
  },
  RECEIVERS_INVALID: {
    exit: 2,
    cause: 'the receivers file is invalid; every fault is listed with line and path, without values',
    action: '[deployment.md](deployment.md#receivers-of-findings)',
  },
  FILTER_INVALID: {
    exit: 2,
    cause:
      'the BPF expression does not compile, needs more than 3 s of processor time (use networks instead of long host lists), or libpcap is not installed',
    action: '`wiretally doctor` checks libpcap',
  },
  INPUT_UNREADABLE: {
    exit: 3,
    exitNote: '4 if other inputs were read',
    cause: 'a file is missing, not permitted or contains nothing readable',
    action: 'check name and permissions',
  },
  INPUT_DAMAGED: {
    exit: 4,
    cause: 'reading stopped at the named byte',
    action: 'the figures cover the data before it',
  },
  STORE_DAMAGED: {
    exit: 3,
    exitNote: '4 if valid windows were read',
    cause: 'bytes of a store or `.usage` file are not a window; valid windows were read',
    action: 'keep the file; the message lists the offsets',
  },
  STORE_BUSY: {
    exit: 3,
    cause: 'another process has the store open for writing',
    action: 'the message names the process',
  },
  STORE_WRITE: {
    exit: 3,
    cause: 'the disk of a store, a file or stdout is full, read-only or failed',
    action: 'acknowledged windows are kept; free space and repeat',
  },
  SENSOR_NAME: {
    exit: 3,
    cause: 'two sensors deliver with one name; the windows of the second are rejected',
    action: 'give one sensor another `--sensor NAME`; [fleet.md](fleet.md)',
  },
  BROKER_FAILED: {
    exit: 3,
    exitNote: 'without `--once` the command retries',
    cause: 'the broker cannot be reached, or rejects the login or the operation',
    action: 'check user, `--password-file`, `--creds`, `--tls-ca`; [fleet.md](fleet.md)',
  },
  QUESTION_LIMIT: {
    exit: 3,
    cause: 'a query of `store sql` exceeded its memory or time limit',
    action: 'reduce the query; `--max-seconds`',
  },
  SUMS_OUTDATED: {
    exit: 3,
    cause:
      'too many windows of a store have no current period sums to evaluate them for one query, usually after an update of wiretally',
    action: '`wiretally store compact STORE` once; on a server `wiretally fleet aggregate`',
  },
  ADDON_MISSING: {
    exit: 3,
    cause:
      'the native core is not built, or built for another Node version; or the DuckDB library is not installed',
    action: 'run the command in the message; `wiretally doctor`',
  },
  PERMISSION: {
    exit: 3,
    cause: 'no permission to capture',
    action: '`wiretally doctor`; [deployment.md](deployment.md)',
  },
  NO_INTERFACE: {
    exit: 3,
    cause: 'no interface has this name',
    action: '`wiretally doctor` lists the interfaces',
  },
  INTERFACE_DOWN: {
    exit: 3,
    cause: 'the interface is down or has no link',
    action: 'enable the interface',
  },
  CAPTURE_FAILED: {
    exit: 3,
    cause: 'the ring buffer of a live capture was refused or failed',
    action: 'the message names the missing memory or permission',
  },
  LISTEN_FAILED: {
    exit: 3,
    cause: 'the address of `--listen` is in use, not local, or a port below 1024 without permission',
    action: 'use another address; `ss -ltnp` shows the current listener',
  },
  FINDING_LOG_INVALID: {
    exit: 3,
    cause: 'an entry of the log of findings was changed, removed or added, or no trusted key has signed it',
    action: '`wiretally finding verify`; [policy.md](policy.md#life-of-a-finding)',
  },
  BUNDLE_INVALID: {
    exit: 1,
    cause: 'an evidence bundle does not match its manifest or signature',
    action: 'do not rely on it',
  },
  SIGNED_CONFIG_INVALID: {
    exit: 3,
    exitNote: 'a running sensor keeps its active configuration',
    cause:
      'a signed configuration is forged, truncated, older than the active one, for other sensors, or missing',
    action: 'publish it again; [fleet.md](fleet.md)',
  },
  ABORTED: {
    exit: 130,
    cause: 'an AbortSignal stopped the work',
  },
  INTERNAL: {
    exit: 3,
    cause: 'a defect of the program',
    action: 'run again with `WIRETALLY_DEBUG=1` and report the output',
  },
} as const satisfies Readonly<Record<string, ErrorFacts>>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

/** Location of an error and its fix, printed on separate lines. */
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

/** An error about a file, folder or server: the message begins with its name, which is also the location. */
export const errorAt = (
  code: ErrorCode,
  where: string,
  message: string,
  details: Omit<ErrorDetails, 'where'> = {},
): WiretallyError => new WiretallyError(code, `${where}: ${message}`, { ...details, where });

/** Creates an error about a wrong command line or input. `next` is the fix. */
export const usageError = (message: string, next?: string): WiretallyError =>
  new WiretallyError('USAGE', message, next === undefined ? {} : { next });

/** Creates an error about a wrong value of an option. `option` is written as the user types it: "--to". */
export function optionError(option: string, message: string, next?: string): WiretallyError {
  const where = `option ${option}`;
  return new WiretallyError('USAGE', message, next === undefined ? { where } : { where, next });
}
