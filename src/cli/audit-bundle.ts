// Gathers what an auditor needs into an evidence bundle.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ReportDocument } from '../model/report.ts';
import type { UsageWindow } from '../model/usage.ts';
import { type BundleManifest, writeBundle } from '../store/bundle.ts';
import { encodeWindows } from '../usage/codec.ts';
import { pseudonymizeWindows } from '../usage/pseudonymize.ts';
import type { PolicyView } from './judge-policy.ts';

export interface BundleParts {
  readonly document: ReportDocument;
  readonly inputs: readonly string[];
  readonly windows: readonly UsageWindow[];
  readonly view: PolicyView;
  readonly signKeyPem: string | null;
}

export async function writeBundleOf(folder: string, parts: BundleParts): Promise<void> {
  const { document, view } = parts;
  const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
  const windows =
    view.pseudonymOf === null ? parts.windows : pseudonymizeWindows(parts.windows, view.pseudonymOf);
  const content = {
    wiretally: document.wiretally,
    catalogue: document.catalogue,
    policySha256: view.onDisk?.sha256 ?? '',
    inputs: await Promise.all(parts.inputs.filter((file) => file !== '-').map(sumOf)),
    files: [
      { name: 'report.json', bytes: json(document) },
      { name: 'findings.json', bytes: json(document.findings ?? []) },
      { name: 'windows.usage', bytes: encodeWindows(windows) },
      { name: 'policy.yaml', bytes: Buffer.from(view.onDisk?.text ?? '') },
    ],
  };
  await writeBundle(folder, content, parts.signKeyPem);
}

/** The input's name without its folder: where it lay on the auditor's machine is no evidence. */
async function sumOf(file: string): Promise<BundleManifest['inputs'][number]> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  return { file: basename(file), bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}
