// Defines the content of an evidence bundle: all that a result was made of, and how far it was read. Nothing here needs
// Node.

import type { ReportDocument } from '../model/report.ts';
import type { HostAttribution } from '../model/tool.ts';
import { compareText } from '../net/address.ts';
import { advisoriesText } from '../policy/parse-advisory.ts';
import { listMemberships, unseenMembership } from '../policy/pseudonyms/scope-lists.ts';
import { buildSmallGroups } from '../policy/pseudonyms/small-groups.ts';
import { incompleteSentences, isReadToEnd } from '../report/text/blind-spots.ts';
import type { BundleContent, BundleFile, BundleInput, BundleManifest } from '../store/bundle-manifest.ts';
import type { WindowQuery } from '../store/store.ts';
import { jsonLines } from '../text/json-text.ts';
import { joinParts } from '../text/text-parts.ts';
import { formatInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { encodeWindows } from '../window/codec.ts';
import { pseudonymizeWindows } from '../window/pseudonymize-windows.ts';
import { listOutsideHosts } from '../window/sensor-networks.ts';
import { listSubjects } from './apply-policy.ts';
import { BUNDLE_FILES, ownCatalogueFile } from './inputs/bundle-files.ts';
import type { PolicyView } from './inputs/policy-file.ts';
import { selectAround } from './observed.ts';
import type { SourceRead } from './source.ts';

export interface BundleResult {
  readonly document: ReportDocument;
  readonly source: SourceRead;
  readonly attributions: readonly HostAttribution[];
  readonly view: PolicyView;
  readonly hostsText: string | null;
  readonly sensorsText: string | null;
}

/** `ownEntries`: of the catalogue, as texts; `more`: further files. */
export function bundleContent(
  result: BundleResult,
  inputs: readonly BundleInput[],
  ownEntries: readonly string[],
  more: readonly BundleFile[],
): BundleContent {
  const { document, view, source } = result;
  const windows =
    view.pseudonymOf === null ? source.windows : pseudonymizeWindows(source.windows, view.pseudonymOf);
  return {
    wiretally: document.wiretally,
    catalogue: document.catalogue,
    policySha256: view.onDisk?.sha256 ?? '',
    complete: isReadToEnd(document),
    interrupted: source.interrupted,
    incomplete: incompleteSentences(document),
    ...(source.requestedSpan === undefined ? {} : { period: formatPeriod(source.requestedSpan) }),
    inputs: [...inputs],
    files: [
      jsonFile(BUNDLE_FILES.report, withoutOwners(document)),
      jsonFile(BUNDLE_FILES.findings, document.findings ?? []),
      { name: BUNDLE_FILES.windows, bytes: encodeWindows(windows) },
      ...aroundPeriod(source),
      textFile(BUNDLE_FILES.policy, view.onDisk?.text ?? ''),
      ...more,
      ...affectedVersions(view),
      ...bundleHosts(result),
      ...bundleSensors(result),
      ...ownEntries.map((text, i) => textFile(ownCatalogueFile(i), text)),
    ],
  };
}

const formatPeriod = ({ sinceSeconds, untilSeconds }: WindowQuery): BundleManifest['period'] => ({
  since: sinceSeconds === undefined ? null : formatInstant(sinceSeconds * US),
  until: untilSeconds === undefined ? null : formatInstant(untilSeconds * US),
});

function aroundPeriod({ windows, around = [], requestedSpan: period = {} }: SourceRead): BundleFile[] {
  const presences = selectAround(around, windows, period);
  return presences.length === 0 ? [] : [{ name: BUNDLE_FILES.around, bytes: encodeWindows(presences) }];
}

/** The bundle contains neither the register nor the owners of its entries. */
const withoutOwners = ({ register, ...document }: ReportDocument): ReportDocument =>
  register === undefined
    ? document
    : {
        ...document,
        register: { ...register, entries: register.entries.map(({ owner: _, ...entry }) => entry) },
      };

/** This many characters are written at once. */
const PART_LENGTH = 65_536;
/** Entries of the lists of a report go one by one. */
const DEPTH = 2;

export const jsonFile = (name: string, value: unknown): BundleFile => ({
  name,
  bytes: joinParts(jsonLines(value, DEPTH), PART_LENGTH),
});

export const textFile = (name: string, text: string): BundleFile => ({ name, bytes: [text] });

const affectedVersions = ({ advisories = [] }: PolicyView): BundleFile[] =>
  advisories.length === 0 ? [] : [textFile(BUNDLE_FILES.advisories, advisoriesText(advisories))];

/** Adds the hosts file. Its networks would reveal pseudonymized hosts, so for these it adds only the members of each scope. */
function bundleHosts({ document, view, source, attributions, hostsText }: BundleResult): BundleFile[] {
  const { pseudonymOf, onDisk, hosts } = view;
  if (pseudonymOf === null) return hostsText === null ? [] : [textFile(BUNDLE_FILES.hosts, hostsText)];
  if (onDisk === null) return [];
  const subjects = listSubjects(source, attributions, hosts);
  const small = buildSmallGroups(onDisk.policy, subjects);
  const memberships = [
    ...unseenMembership(document.summary),
    ...listMemberships(onDisk.policy, subjects, small, pseudonymOf),
  ];
  return [jsonFile(BUNDLE_FILES.memberships, memberships)];
}

/** Adds the sensors file; for pseudonymized hosts, only those that are outside the networks of their sensors. */
function bundleSensors({ view, source, sensorsText }: BundleResult): BundleFile[] {
  const { windows, networks } = source;
  const { pseudonymOf } = view;
  if (networks === null) return [];
  if (pseudonymOf === null) return sensorsText === null ? [] : [textFile(BUNDLE_FILES.sensors, sensorsText)];
  const pairs = listOutsideHosts(networks, windows)
    .map(([sensor, host]) => [sensor, pseudonymOf(host)])
    .sort((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)));
  return [jsonFile(BUNDLE_FILES.outside, pairs)];
}

export function describeRead(
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
