// Holds a drafted entry against recordings with known content: whom else would it name?

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { attribute } from '../../../attribution/attribute.ts';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../../catalogue/schema.ts';
import { PACKAGE_FOLDER } from '../../../files/program-files.ts';
import { readBounded, refusalOf } from '../../../files/read-bounded.ts';
import { WiretallyError } from '../../../model/errors.ts';
import type { EvidenceItem } from '../../../model/report.ts';
import { openZone } from '../../../time/zone.ts';
import { readSource } from '../../input/read-source.ts';

const MAX_MANIFEST_BYTES = 64 << 20;
/** Of evidence, as many lines for each recording. */
const MAX_LINES = 4;

const manifestSchema = z.object({
  captures: z.array(
    z.object({
      /** Inside the folder: a manifest opens nothing else. */
      file: z.string().regex(/^(?!.*(^|\/)\.\.(\/|$))[^/].*$/, 'a path inside the folder'),
      expect: z.object({ tools: z.array(z.string()).optional() }),
    }),
  ),
});

/** A recording in which the entry would name its tool, which did not run. */
export interface Accusation {
  readonly recording: string;
  readonly confidence: string;
  readonly evidence: readonly Pick<EvidenceItem, 'rule' | 'detail'>[];
}

export interface HeldAgainst {
  readonly recordings: number;
  /** Recordings of the tool in which it is seen. */
  readonly own: number;
  /** Others in which it is possible. */
  readonly possible: number;
  readonly accusations: readonly Accusation[];
}

/** The recordings of the project, where this is a checkout of it; a package has none. */
export function projectRecordings(): readonly string[] {
  const folder = join(PACKAGE_FOLDER, 'captures');
  return existsSync(join(folder, 'manifest.json')) ? [folder] : [];
}

/** `own`: folders of own entries, which the recordings are read with. */
export async function holdAgainst(
  entry: ToolEntry,
  catalogue: Catalogue,
  folders: readonly string[],
  own: readonly string[],
): Promise<HeldAgainst> {
  const learnt = catalogue.with(entry);
  const seen = { recordings: 0, own: 0, possible: 0 };
  const accusations: Accusation[] = [];
  for (const dir of folders) {
    for (const { file, expect } of readManifest(dir)) {
      const path = join(dir, file);
      const read = await readSource([path], { catalogue: own, keepsAllNames: true, quiet: true });
      if (read.inputsRead === 0) throw new WiretallyError('INPUT_UNREADABLE', `${path}: cannot be read`);
      seen.recordings++;
      const hosts = attribute(read.windows, learnt, { zone: openZone('UTC') });
      const use = hosts.flatMap(({ tools }) => tools).find((one) => one.use.tool === entry.id)?.use;
      if (use === undefined) continue;
      if (expect.tools?.includes(entry.id) === true) seen.own++;
      else if (use.confidence === 'possible') seen.possible++;
      else {
        const why = use.evidence.filter((item) => item.for && item.kind !== 'fingerprint');
        accusations.push({
          recording: file,
          confidence: use.confidence,
          evidence: why.slice(0, MAX_LINES).map(({ rule, detail }) => ({ rule, detail })),
        });
      }
    }
  }
  return { ...seen, accusations };
}

function readManifest(dir: string): z.infer<typeof manifestSchema>['captures'] {
  const path = join(dir, 'manifest.json');
  const refuse = (why: string): WiretallyError =>
    new WiretallyError('USAGE', `${path}: ${why}`, {
      where: 'option --against',
      next: 'name a folder of recordings with their manifest.json, such as captures',
    });
  let value: unknown;
  try {
    value = JSON.parse(readBounded(path, MAX_MANIFEST_BYTES).toString('utf8'));
  } catch (cause) {
    throw refuse(cause instanceof SyntaxError ? 'is no JSON' : `cannot be read: ${refusalOf(cause)}`);
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data.captures;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is no manifest'}`);
}
