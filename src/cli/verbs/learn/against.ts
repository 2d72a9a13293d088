// Holds a drafted entry against recordings with known content: whom else would it name?

import { join } from 'node:path';
import { z } from 'zod';
import { attribute } from '../../../attribution/attribute.ts';
import type { DraftOptions } from '../../../catalogue/draft.ts';
import { learnedEntry } from '../../../catalogue/learn.ts';
import { readBounded, refusalOf } from '../../../files/read-bounded.ts';
import { WiretallyError } from '../../../model/errors.ts';
import type { ToolUse } from '../../../model/report.ts';
import { openZone } from '../../../time/zone.ts';
import { readSource, type SourceRead } from '../../input/source.ts';
import { printWarning } from '../../output/messages.ts';

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

interface Options {
  readonly against: readonly string[];
  readonly catalogue: readonly string[];
}

/** True when the entry would name its tool where it did not run; what it would do is told on stderr. */
export async function holdAgainst(
  source: SourceRead,
  drafted: DraftOptions,
  options: Options,
): Promise<boolean> {
  const entry = learnedEntry(source.windows, source.catalogue, drafted);
  const catalogue = source.catalogue.with(entry);
  const seen = { recordings: 0, own: 0, possible: 0, accused: 0 };
  for (const dir of options.against) {
    for (const { file, expect } of readManifest(dir)) {
      const path = join(dir, file);
      const read = await readSource([path], {
        catalogue: options.catalogue,
        keepsAllNames: true,
        quiet: true,
      });
      if (read.inputsRead === 0) throw new WiretallyError('INPUT_UNREADABLE', `${path}: cannot be read`);
      seen.recordings++;
      const hosts = attribute(read.windows, catalogue, { zone: openZone('UTC') });
      const use = hosts.flatMap(({ tools }) => tools).find((one) => one.use.tool === entry.id)?.use;
      if (use === undefined) continue;
      if (expect.tools?.includes(entry.id) === true) seen.own++;
      else if (use.confidence === 'possible') seen.possible++;
      else {
        seen.accused++;
        for (const line of accusationOf(path, use)) printWarning(line);
      }
    }
  }
  printWarning(
    `held against ${seen.recordings} recordings: ${entry.id} is seen in ${seen.own} of its own, possible in ${seen.possible} others, and named in ${seen.accused} where it did not run`,
  );
  return seen.accused > 0;
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

function accusationOf(path: string, use: ToolUse): string[] {
  const why = use.evidence.filter((item) => item.for && item.kind !== 'fingerprint');
  return why
    .slice(0, MAX_LINES)
    .map(({ rule, detail }) => `${path}: ${use.tool} would be ${use.confidence}: rule ${rule}: ${detail}`);
}
