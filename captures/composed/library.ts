// The recordings that cases are composed of, with what is known of each: captures/ always, other folders when given.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { viewIpFrame } from '../ip-frame.ts';
import { type Frame, readPcap } from '../pcap.ts';
import type { ServiceTruth } from './case.ts';

interface ManifestEntry {
  readonly file: string;
  readonly tool?: string | null;
  readonly version?: string | null;
  readonly runtime?: string | null;
  readonly expect: {
    readonly tools?: readonly string[];
    readonly possible?: readonly string[];
    readonly provider?: string;
    readonly none?: boolean;
  };
  readonly truth: { readonly model_requests: number; readonly telemetry_request_bytes: number };
  readonly sni: Readonly<Record<string, { readonly quic?: boolean }>>;
  readonly timeline?: readonly { readonly t: number; readonly class: string }[];
  /** Seconds from the first packet to each model request, as the lab's server saw it. */
  readonly model_times?: readonly number[];
}

/** A recording of a tool or program that the network stops. */
interface FaultEntry {
  readonly file: string;
  readonly tool: string;
  /** Names of its attempts that must be listed. */
  readonly affected: readonly string[];
  /** Names whose attempts may be listed. */
  readonly tried: readonly string[];
  /** What may be said: the fault may look like others. */
  readonly results: readonly ('blocked' | 'failed')[];
  readonly legs: readonly string[];
  /** Requests to other names of AI tools passed. */
  readonly passed: boolean;
}

/** A recording of services of a local network and their clients. */
interface ServiceEntry {
  readonly file: string;
  readonly services: readonly ServiceTruth[];
  /** Tools that packets can tell. */
  readonly uses?: readonly { readonly host: string; readonly tool: string }[];
}

export interface ServiceRecording extends Required<Omit<ServiceEntry, 'file'>> {
  readonly name: string;
  frames(): readonly Frame[];
}

export interface FaultRecording extends Omit<FaultEntry, 'file'> {
  readonly name: string;
  frames(): readonly Frame[];
}

export interface Recording {
  readonly name: string;
  readonly runtime: string;
  /** Catalogue ids of what ran; packets identify `tools`; `possible` ran but looks like others. */
  readonly tools: readonly string[];
  readonly possible: readonly string[];
  readonly provider: string | null;
  readonly isOrdinary: boolean;
  readonly requests: number;
  readonly telemetry: number;
  readonly serverNames: readonly string[];
  readonly modelTimes: readonly number[] | null;
  frames(): readonly Frame[];
}

const PORT_PROXY = 3128;

export class RecordingLibrary {
  readonly all: readonly Recording[];
  readonly faults: readonly FaultRecording[];
  readonly services: readonly ServiceRecording[];

  /** Folders that hold a manifest.json and its captures; those of services in `services/`. */
  constructor(folders: readonly string[]) {
    const known = new Map<string, Recording>();
    const faults: FaultRecording[] = [];
    for (const folder of folders) {
      const manifest: { captures: readonly ManifestEntry[]; faults?: readonly FaultEntry[] } = JSON.parse(
        readFileSync(join(folder, 'manifest.json'), 'utf8'),
      );
      for (const { file, ...entry } of manifest.faults ?? [])
        faults.push({ ...entry, name: nameOf(file), frames: framesOf(folder, file) });
      for (const entry of manifest.captures) {
        const recording = openRecording(folder, entry);
        if (!known.has(recording.name)) known.set(recording.name, recording);
      }
    }
    this.all = [...known.values()];
    this.services = folders.flatMap((folder) => servicesIn(join(folder, 'services')));
    this.faults = faults;
  }

  get(name: string): Recording {
    const found = this.all.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no recording is named ${name}`);
    return found;
  }

  /** One tool that packets can tell. */
  single(): Recording[] {
    return this.all.filter(
      ({ tools, possible, isOrdinary, name }) =>
        tools.length === 1 && possible.length === 0 && !isOrdinary && !name.startsWith('base-'),
    );
  }

  /** One tool with model requests. */
  working(): Recording[] {
    return this.single().filter(({ requests }) => requests > 0);
  }

  ordinary(): Recording[] {
    return this.all.filter(({ isOrdinary }) => isOrdinary);
  }

  /** Long enough to be cut in the middle, with the time of every request known. */
  timed(): Recording[] {
    return this.working().filter(({ modelTimes, requests }) => modelTimes?.length === requests);
  }
}

function servicesIn(folder: string): ServiceRecording[] {
  const manifest = join(folder, 'manifest.json');
  if (!existsSync(manifest)) return [];
  const entries: readonly ServiceEntry[] = JSON.parse(readFileSync(manifest, 'utf8'));
  return entries.map(({ file, services, uses = [] }) => ({
    ...{ name: nameOf(file), services, uses },
    frames: framesOf(folder, file),
  }));
}

const nameOf = (file: string): string => file.replace(/^.*\//, '').replace(/\.pcap.*$/, '');

/** Read once, when asked for. */
function framesOf(folder: string, file: string): () => readonly Frame[] {
  let frames: readonly Frame[] | null = null;
  return () => {
    frames ??= readCapture(join(folder, file));
    return frames;
  };
}

function openRecording(folder: string, entry: ManifestEntry): Recording {
  const times = entry.timeline?.filter((one) => one.class === 'model').map(({ t }) => t);
  return {
    name: nameOf(entry.file),
    runtime: entry.runtime ?? '',
    tools: entry.expect.tools ?? [],
    possible: entry.expect.possible ?? [],
    provider: entry.expect.provider ?? null,
    isOrdinary: entry.expect.none === true,
    requests: entry.truth.model_requests,
    telemetry: entry.truth.telemetry_request_bytes,
    serverNames: Object.keys(entry.sni),
    modelTimes: entry.model_times ?? times ?? null,
    frames: framesOf(folder, entry.file),
  };
}

function readCapture(file: string): Frame[] {
  const bytes = readFileSync(file);
  return readPcap(file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
}

/** Through a CONNECT proxy names stand in text that is not renamed. */
export function usesProxy(recording: Recording): boolean {
  return recording.frames().some(({ bytes }) => {
    const view = viewIpFrame(bytes);
    return view?.protocol === 'tcp' && bytes.readUInt16BE(view.transportAt + 2) === PORT_PROXY;
  });
}
