// The ground truth of all published captures in one form, one line per capture (truth.jsonl), for programs other than this one.
import { z } from 'zod';
import type { Demo, RecordingTruth, UseTruth } from './demo.ts';
import { type Frame, readPcap } from './pcap.ts';

const useSchema = z.strictObject({
  tool: z.string().describe('id of the tool that ran, as in `wiretally catalogue list`'),
  version: z.string().nullable(),
  date: z.string().nullable().describe('day of the use in `timezone`; null: any time of the capture'),
  requests: z.number().nullable().describe('requests to a model that the lab server logged; null: not known'),
  telemetryBytes: z.number().nullable().describe('bytes of telemetry request bodies; null: not known'),
});

export const captureTruthSchema = z.strictObject({
  capture: z.string().describe('path below captures/'),
  set: z.enum(['recordings', 'builds', 'faults', 'demo']),
  since: z.string().describe('time of the first packet'),
  until: z.string().describe('time of the last packet'),
  timezone: z.string(),
  hosts: z.array(
    z.strictObject({
      addresses: z.array(z.string()).describe('addresses of the host; an answer may give any of them'),
      uses: z.array(useSchema),
    }),
  ),
  serverNames: z.array(z.string()).nullable().describe('names in TLS and QUIC hellos; null: not listed'),
});

export type CaptureTruth = z.infer<typeof captureTruthSchema>;
type Use = z.infer<typeof useSchema>;

const CLIENT = ['10.77.0.2', 'fd77::2'];
/** Several tools ran in this recording, one of them behind a relay. */
const MIXED = 'recordings/mixed-workstation.pcap.gz';
/** Names of tools in the manifest that differ from those of the catalogue. */
const CATALOGUE_IDS: Readonly<Record<string, string>> = { codex: 'openai-codex' };

interface Recording extends RecordingTruth {
  readonly file: string;
  readonly sni: Readonly<Record<string, unknown>>;
}

interface SingleTool {
  readonly file: string;
  readonly tool: string;
  readonly version: string;
}

export interface Manifests {
  readonly captures: readonly Recording[];
  readonly faults: readonly SingleTool[];
  readonly builds: readonly SingleTool[];
  readonly demo: Demo['truth'];
}

/** `open` returns the uncompressed bytes of a capture. */
export function describeCaptures(manifests: Manifests, open: (capture: string) => Buffer): CaptureTruth[] {
  const one = (capture: string, set: CaptureTruth['set'], uses: Use[], serverNames: string[] | null) => ({
    capture,
    set,
    ...spanOf(readPcap(open(capture))),
    timezone: 'UTC',
    hosts: [{ addresses: CLIENT, uses }],
    serverNames,
  });
  const single = ({ tool, version }: SingleTool): Use[] => [
    { tool, version, date: null, requests: null, telemetryBytes: null },
  ];
  return [
    ...manifests.captures.map((recording) =>
      one(recording.file, 'recordings', usesOf(recording), Object.keys(recording.sni).sort()),
    ),
    ...manifests.builds.map((build) => one(`builds/${build.file}`, 'builds', single(build), null)),
    ...manifests.faults.map((fault) => one(fault.file, 'faults', single(fault), null)),
    demoTruth(manifests.demo, open),
  ];
}

function spanOf(frames: readonly Frame[]): { since: string; until: string } {
  const times = frames.map(({ timeUs }) => timeUs);
  const instant = (us: number): string => new Date(us / 1000).toISOString();
  return {
    since: instant(times.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER)),
    until: instant(times.reduce((a, b) => Math.max(a, b), 0)),
  };
}

/** The tools that ran: `expect` says what can be named of them; a tool that can only be possible ran as well. */
export function toolsThatRan(file: string, expect: Readonly<Record<string, unknown>>): string[] {
  const [tools, possible] = [expect.tools, expect.possible].map((ids) =>
    Array.isArray(ids) ? ids.map(String) : [],
  );
  if (file === MIXED) return [...(tools ?? []), ...(possible ?? [])];
  return (tools?.length ? tools : possible) ?? [];
}

function usesOf(recording: Recording): Use[] {
  const tools = toolsThatRan(recording.file, recording.expect);
  return tools.map((tool) => {
    const part = partOf(recording, tool, tools.length);
    return {
      tool,
      version: tools.length === 1 ? (recording.version ?? null) : null,
      date: null,
      requests: part?.model_requests ?? null,
      telemetryBytes: part?.telemetry_request_bytes ?? null,
    };
  });
}

/** The lab server logs the requests of command-line tools; browsers ask for pages, not for a model. */
function partOf(recording: Recording, tool: string, count: number): RecordingTruth['truth'] | undefined {
  if (recording.tool === undefined) return undefined;
  if (count === 1) return recording.truth;
  const parts = Object.entries(recording.by_tool ?? {});
  return parts.find(([name]) => (CATALOGUE_IDS[name] ?? name) === tool)?.[1].truth;
}

function demoTruth(demo: Demo['truth'], open: (capture: string) => Buffer): CaptureTruth {
  const capture = 'demo.pcap.gz';
  return {
    capture,
    set: 'demo',
    ...spanOf(readPcap(open(capture))),
    timezone: demo.timezone,
    hosts: demo.hosts.map(({ host, host6, uses }) => ({
      addresses: [host, host6],
      uses: uses.flatMap(usesOfDay),
    })),
    serverNames: null,
  };
}

function usesOfDay(use: UseTruth): Use[] {
  const tools = toolsThatRan(`recordings/${use.recording}.pcap.gz`, use.expect);
  return tools.map((tool) => {
    const parts = Object.entries(use.byTool ?? {});
    const ofTool = parts.find(([name]) => (CATALOGUE_IDS[name] ?? name) === tool)?.[1];
    const sums = use.tool !== null && tools.length === 1 ? use : ofTool;
    return {
      tool,
      version: tools.length === 1 ? use.version : null,
      date: use.date,
      requests: sums?.modelRequests ?? null,
      telemetryBytes: sums?.telemetryRequestBytes ?? null,
    };
  });
}
