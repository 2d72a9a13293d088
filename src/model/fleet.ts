// State of a sensor, for administrators of the fleet.

export type FleetSensorState = 'delivering' | 'silent' | 'ended' | 'never';

export interface FleetSensor {
  readonly sensor: string;
  readonly first: string | null;
  readonly last: string | null;
  /** From its last window to the time of the question. */
  readonly lagSeconds: number | null;
  readonly windows: number;
  /** Windows of all the time from the first to the last, 0 to 1. */
  readonly coverage: number | null;
  readonly packets: number;
  readonly kernelDrops: number;
  readonly program: string | null;
  readonly catalogue: string | null;
  /** SHA-256 of the policy that it evaluates by. */
  readonly policy: string | null;
  /** Signed configuration in force. */
  readonly signedConfig: { readonly revision: number; readonly sha256: string } | null;
  /** First UTC day in its spool; null if not reported. */
  readonly keptFrom: string | null;
  readonly clockAheadSeconds: number | null;
  readonly arrived: string | null;
  readonly keepsName: boolean;
  readonly state: FleetSensorState;
  /** Rejected windows under its name; the reason is that of the last one. */
  readonly refused: {
    readonly windows: number;
    readonly last: string;
    readonly reason: string | null;
  } | null;
}
