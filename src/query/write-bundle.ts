// Gathers what an auditor needs into an evidence bundle: all that the result was made of, and how far it was read.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ownTexts } from '../files/catalogue-files.ts';
import type { ReportDocument } from '../model/report.ts';
import type { HostAttribution } from '../model/tool.ts';
import { compareText } from '../net/address.ts';
import { membershipsOf } from '../policy/pseudonyms/scope-lists.ts';
import { smallGroupsOf } from '../policy/pseudonyms/small-groups.ts';
import { incompleteSentences, readingState } from '../report/text/blind-spots.ts';
import { type BundleContent, type BundleFile, type BundleManifest, writeBundle } from '../store/bundle.ts';
import { jsonChunks } from '../text/json-text.ts';
import { inParts } from '../text/text-parts.ts';
import { encodeWindows } from '../window/codec.ts';
import { pseudonymizeWindows } from '../window/pseudonymize.ts';
import { outsidePairs } from '../window/sensor-networks.ts';
import { subjectsFor } from './apply-policy.ts';
import { BUNDLE_FILES, ownCatalogueFile } from './inputs/bundle-files.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import type { SourceRead } from './source.ts';

export interface BundleParts {
  readonly document: ReportDocument;
  readonly inputs: readonly string[];
  readonly source: SourceRead;
  readonly attributions: readonly HostAttribution[];
  readonly view: PolicyView;
  /** Texts of the hosts file and the sensors file, and folders of own entries of the catalogue. */
  readonly hostsText: string | null;
  readonly sensorsText: string | null;
  readonly catalogues: readonly string[];
  readonly signKeyPem: string | null;
  /** Further documents of the bundle. */
  readonly more?: readonly { readonly name: string; readonly value: unknown }[];
}

type BundleInput = BundleManifest['inputs'][number];

export async function writeBundleOf(folder: string, parts: BundleParts): Promise<void> {
  const { document, view, source } = parts;
  const windows =
    view.pseudonymOf === null ? source.windows : pseudonymizeWindows(source.windows, view.pseudonymOf);
  const content: BundleContent = {
    wiretally: document.wiretally,
    catalogue: document.catalogue,
    policySha256: view.onDisk?.sha256 ?? '',
    complete: readingState(document) === 'whole',
    interrupted: source.interrupted,
    incomplete: incompleteSentences(document),
    inputs: (await Promise.all(parts.inputs.map((input) => inputOf(input, source)))).flat(),
    files: [
      jsonFile(BUNDLE_FILES.report, document),
      jsonFile(BUNDLE_FILES.findings, document.findings ?? []),
      { name: BUNDLE_FILES.windows, bytes: encodeWindows(windows) },
      { name: BUNDLE_FILES.policy, bytes: Buffer.from(view.onDisk?.text ?? '') },
      ...(parts.more ?? []).map(({ name, value }) => jsonFile(name, value)),
      ...whoBelongsWhere(parts),
      ...whoReportsWhom(parts),
      ...parts.catalogues
        .flatMap(ownTexts)
        .map(({ text }, i) => ({ name: ownCatalogueFile(i), bytes: Buffer.from(text) })),
    ],
  };
  await writeBundle(folder, content, parts.signKeyPem);
}

/** As many signs as are written at once. */
const PART_LENGTH = 65_536;
/** Entries of the lists of a report go one by one. */
const DEPTH = 2;

const jsonFile = (name: string, value: unknown): BundleFile => ({
  name,
  bytes: inParts(jsonLines(value), PART_LENGTH),
});

function* jsonLines(value: unknown): Iterable<string> {
  yield* jsonChunks(value, DEPTH);
  yield '\n';
}

/** The hosts file; where hosts are pseudonyms, which its networks would tell, only who belongs to which scope. */
function whoBelongsWhere({ view, source, attributions, hostsText }: BundleParts): BundleFile[] {
  const { pseudonymOf, onDisk, hosts } = view;
  if (pseudonymOf === null)
    return hostsText === null ? [] : [{ name: BUNDLE_FILES.hosts, bytes: Buffer.from(hostsText) }];
  if (onDisk === null) return [];
  const subjects = subjectsFor(source, attributions, hosts);
  const small = smallGroupsOf(onDisk.policy, subjects);
  return [jsonFile(BUNDLE_FILES.memberships, membershipsOf(onDisk.policy, subjects, small, pseudonymOf))];
}

/** The sensors file; where hosts are pseudonyms, which of them are outside whose networks. */
function whoReportsWhom({ view, source, sensorsText }: BundleParts): BundleFile[] {
  const { windows, networks } = source;
  const { pseudonymOf } = view;
  if (networks === null) return [];
  if (pseudonymOf === null)
    return sensorsText === null ? [] : [{ name: BUNDLE_FILES.sensors, bytes: Buffer.from(sensorsText) }];
  const pairs = outsidePairs(networks, windows)
    .map(([sensor, host]) => [sensor, pseudonymOf(host)])
    .sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)));
  return [jsonFile(BUNDLE_FILES.outside, pairs)];
}

/** By its name without its folder: where it lay on the auditor's machine is no evidence. A folder by its files. */
async function inputOf(input: string, source: SourceRead): Promise<BundleInput[]> {
  const read = howFarRead(input, source);
  const stats = input === '-' ? null : await stat(input).catch(() => null);
  if (stats?.isDirectory() === true) {
    const files: BundleInput[] = [];
    for (const name of (await readdir(input)).sort())
      files.push({ file: `${basename(input)}/${name}`, ...(await sumOf(join(input, name))), ...read });
    return files;
  }
  // A pipe gives its bytes once.
  const sum = stats?.isFile() === true ? await sumOf(input) : { bytes: null, sha256: null };
  return [{ file: input === '-' ? '-' : basename(input), ...sum, ...read }];
}

function howFarRead(
  input: string,
  { captures, incomplete, interrupted }: SourceRead,
): Pick<BundleInput, 'read' | 'packets' | 'lastPacket'> {
  const at = captures.findIndex(({ file }) => file === input);
  const capture = captures[at];
  const broken = incomplete.find(({ file }) => file === input);
  const isPart = broken !== undefined || (interrupted && at === captures.length - 1);
  if (capture === undefined) {
    const isNone = interrupted || broken !== undefined;
    return { read: isNone ? 'none' : 'whole', packets: null, lastPacket: null };
  }
  return {
    read: isPart ? 'part' : 'whole',
    packets: capture.packets,
    lastPacket: capture.lastPacket,
  };
}

async function sumOf(file: string): Promise<Pick<BundleInput, 'bytes' | 'sha256'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
