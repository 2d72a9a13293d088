// Tests a draft on recordings with known content: lists those in which it would name a tool that did not run.

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildRecorded, type Recorded } from '../../attribution/learning/recorded.ts';
import { findConfidence } from '../../attribution/learning/test-draft.ts';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { PACKAGE_FOLDER } from '../../files/program-files.ts';
import { causeRefusal, readBounded } from '../../files/read-bounded.ts';
import { optionError, WiretallyError } from '../../model/errors.ts';
import type { EvidenceItem } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';
import { readSource } from '../reading/read-source.ts';

const MAX_MANIFEST_BYTES = 64 << 20;
/** At most this many lines of evidence are printed for each recording. */
const MAX_LINES = 4;
/** Matches captures in a folder without a manifest. */
const CAPTURE = /\.(pcap|pcapng|cap)(\.(gz|zst|xz|bz2|lz4))?$/i;

const manifestSchema = z.object({
  captures: z.array(
    z.object({
      /** Path inside the folder: a manifest cannot name other files. */
      file: z.string().regex(/^(?!.*(^|\/)\.\.(\/|$))[^/].*$/, 'a path inside the folder'),
      expect: z.object({ tools: z.array(z.string()).optional(), possible: z.array(z.string()).optional() }),
    }),
  ),
});

/** A recording in which the entry would name its tool, which did not run. */
export interface Accusation {
  readonly recording: string;
  readonly confidence: string;
  readonly evidence: readonly Pick<EvidenceItem, 'rule' | 'detail'>[];
}

/** Recordings other than those of the draft. */
export interface KnownRecordings {
  /** Recordings in which the tool ran. */
  readonly own: readonly Recorded[];
  /** Recordings in which the tool did not run. */
  readonly others: readonly Recorded[];
}

/** Lists the recordings of the project in a checkout; a package has none. */
export function projectRecordings(): readonly string[] {
  const folder = join(PACKAGE_FOLDER, 'captures');
  return existsSync(join(folder, 'manifest.json')) ? [folder] : [];
}

/**
 * Reads the recordings of `folders` except those of `given`. `own`: folders of own entries. A recording that may contain the
 * tool according to its manifest is not used.
 */
export async function readRecordings(
  tool: string,
  catalogue: Catalogue,
  folders: readonly string[],
  own: readonly string[],
  given: readonly string[] = [],
): Promise<KnownRecordings> {
  const recordings = { own: [] as Recorded[], others: [] as Recorded[] };
  const read = new Set(given.flatMap((file) => (existsSync(file) ? [realpathSync(file)] : [])));
  for (const dir of folders) {
    for (const { file, tools, possible } of listCaptures(dir)) {
      const path = join(dir, file);
      const place = existsSync(path) ? realpathSync(path) : path;
      if (read.has(place)) continue;
      read.add(place);
      const source = await readSource([path], { catalogue: own, keepsAllNames: true, quiet: true });
      if (source.inputsRead === 0) throw new WiretallyError('INPUT_UNREADABLE', `${path}: cannot be read`);
      const recorded = buildRecorded(file, source.windows, catalogue);
      if (tools.includes(tool)) recordings.own.push(recorded);
      else if (!possible.includes(tool)) recordings.others.push(recorded);
    }
  }
  return recordings;
}

/** Lists recordings of other programs in which the entry names its tool, and counts those in which the tool is possible. */
export function listAccusations(
  entry: ToolEntry,
  catalogue: Catalogue,
  others: readonly Recorded[],
): { readonly accusations: readonly Accusation[]; readonly possible: number } {
  const accusations: Accusation[] = [];
  let possible = 0;
  for (const recording of others) {
    const use = findConfidence(recording, entry, catalogue);
    if (use === undefined) continue;
    if (use.confidence === 'possible') {
      possible++;
      continue;
    }
    const why = use.evidence.filter((item) => item.for && item.kind !== 'fingerprint');
    accusations.push({
      recording: recording.name,
      confidence: use.confidence,
      evidence: why.slice(0, MAX_LINES).map(({ rule, detail }) => ({ rule, detail })),
    });
  }
  return { accusations, possible };
}

interface KnownCapture {
  readonly file: string;
  readonly tools: readonly string[];
  readonly possible: readonly string[];
}

/** Lists the captures of a folder. Without a manifest, the tool did not run in any of them. */
function listCaptures(dir: string): readonly KnownCapture[] {
  const path = join(dir, 'manifest.json');
  if (existsSync(dir) && !existsSync(path)) {
    const files = readdirSync(dir).filter((file) => CAPTURE.test(file));
    if (files.length === 0) throw buildRefusal(dir, 'has no manifest.json and no capture');
    return files.sort(compareText).map((file) => ({ file, tools: [], possible: [] }));
  }
  return readManifest(path).map(({ file, expect: { tools = [], possible = [] } }) => ({
    file,
    tools,
    possible,
  }));
}

const buildRefusal = (path: string, why: string): WiretallyError =>
  optionError(
    '--against',
    `${path}: ${why}`,
    'pass a folder of captures in which the tool did not run, or one with a manifest.json, such as captures',
  );

function readManifest(path: string): z.infer<typeof manifestSchema>['captures'] {
  let value: unknown;
  try {
    value = JSON.parse(readBounded(path, MAX_MANIFEST_BYTES).toString('utf8'));
  } catch (cause) {
    throw buildRefusal(
      path,
      cause instanceof SyntaxError ? 'is not JSON' : `cannot be read: ${causeRefusal(cause)}`,
    );
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data.captures;
  const [issue] = parsed.error.issues;
  throw buildRefusal(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not a manifest'}`);
}
