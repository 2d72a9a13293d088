// The line of manifest.json for a recording: names with their hellos on the wire, and the content that the server saw; or the
// fault that the lab made.
import type { LabFault } from './faults.ts';
import { CLIENT } from './network.ts';
import type { Plan } from './plan.ts';
import type { Served } from './server.ts';

interface Hello {
  readonly sni: string | null;
  readonly ja3_hash: string;
  readonly ja4: string;
  readonly retry: boolean;
}

export interface Recorded {
  readonly plan: Plan;
  readonly version: string;
  readonly served: readonly Served[];
  /** Lines of `wiretally dump hellos`. */
  readonly handshakes: string;
  readonly file: string;
}

export function manifestLine({ plan, version, served, handshakes, file }: Recorded): Record<string, unknown> {
  const bytes = (kind: Served['kind']): number =>
    served.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.bodyBytes, 0);
  const count = (kind: Served['kind']): number => served.filter((one) => one.kind === kind).length;
  return {
    ...{ file, set: 'system-ca', tool: plan.tool, version, command: plan.command, purpose: plan.purpose },
    sni: hellosByName(handshakes),
    expect: { tools: [plan.tool] },
    truth: {
      model_requests: count('model'),
      model_request_bytes: bytes('model'),
      telemetry_requests: count('telemetry'),
      telemetry_request_bytes: bytes('telemetry'),
      other_requests: count('other'),
      other_request_bytes: bytes('other'),
    },
  };
}

function hellosByName(handshakes: string): Record<string, { ja3: string[]; ja4: string[] }> {
  const names = new Map<string, { ja3: Set<string>; ja4: Set<string> }>();
  for (const line of handshakes.split('\n').filter(Boolean)) {
    const { sni, ja3_hash: ja3, ja4, retry }: Hello = JSON.parse(line);
    if (sni === null || retry) continue;
    const seen = names.get(sni) ?? { ja3: new Set(), ja4: new Set() };
    seen.ja3.add(ja3);
    seen.ja4.add(ja4);
    names.set(sni, seen);
  }
  return Object.fromEntries(
    [...names]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { ja3, ja4 }]) => [name, { ja3: [...ja3].sort(), ja4: [...ja4].sort() }]),
  );
}

/** The truth of a recording with a fault. */
export function faultLine(
  plan: Plan,
  version: string,
  { fault, leg, legs = [leg], alike = [], isOfAll = false, tells = 'yes', also }: LabFault,
  { file, variant }: { readonly file: string; readonly variant: string },
): Record<string, unknown> {
  return {
    ...{ file, tool: plan.tool, program: plan.tool, version, command: plan.command, host: CLIENT },
    ...{ fault, variant, leg, legs_ok: legs, may_look_like: alike, packets_tell: tells },
    affected: [...(also ?? [plan.model]), ...(isOfAll ? ['*'] : [])],
  };
}
