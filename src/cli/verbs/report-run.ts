// The last leg of every verb that prints a report: attributions, document, format, warnings, exit code.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type AttributeOptions, attribute, attributeInTurn } from '../../attribution/attribute.ts';
import { packageVersion } from '../../files/version.ts';
import type { SensorTime } from '../../model/comparison.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { HostAttribution } from '../../model/tool.ts';
import { buildReport, type ReportInput } from '../../report/document/document.ts';
import type { Packing } from '../../report/document/uses-by-host.ts';
import { reportChunks } from '../../report/render.ts';
import { isAskedInVain } from '../../report/text/nothing-seen.ts';
import { type SensorSpan, sensorSpans } from '../../store/store.ts';
import { formatInstant } from '../../time/instant.ts';
import { US } from '../../time/units.ts';
import { openZone } from '../../time/zone.ts';
import { hostsReported, outsideHosts } from '../../window/sensor-networks.ts';
import { isSilentWindow } from '../../window/silence.ts';
import { firstSeenOf } from '../input/earlier-use.ts';
import type { CommonOptions, ReportOptions } from '../input/options.ts';
import type { SourceRead } from '../input/source.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { writeChunks } from '../output/stdout.ts';
import { terminalOf } from '../output/terminal.ts';

export interface Reported {
  readonly document: ReportDocument;
  readonly attributions: readonly HostAttribution[];
}

export interface ReportOnOptions {
  readonly command: string;
  readonly timezone: string;
  readonly stamp: boolean;
  readonly sinceSeconds?: number;
  readonly untilSeconds?: number;
}

/** The document of what was read, before any policy. */
export function reportOn(source: SourceRead, options: ReportOnOptions): Reported {
  const attributions = attribute(source.windows, source.catalogue, attributeOptions(source, options));
  return { document: buildReport(inputOf(source, options, attributions)), attributions };
}

/** The document alone, of which a large network does not fill the memory. */
export function documentOf(source: SourceRead, options: ReportOnOptions): ReportDocument {
  const attributions = attributeInTurn(source.windows, source.catalogue, attributeOptions(source, options));
  return buildReport({ ...inputOf(source, options, attributions), packing: PACKING });
}

/** The quickest level: rows of hosts are much alike, and a twentieth is left of them. */
const PACKING: Packing = {
  pack: (text) => deflateRawSync(text, { level: 1 }),
  unpack: (bytes) => inflateRawSync(bytes).toString(),
};

const attributeOptions = (
  { firstUses, networks }: SourceRead,
  { timezone }: ReportOnOptions,
): AttributeOptions => ({
  zone: openZone(timezone),
  firstSeenEver: firstSeenOf(firstUses),
  networks,
});

function inputOf(
  source: SourceRead,
  options: ReportOnOptions,
  attributions: Iterable<HostAttribution>,
): ReportInput {
  return {
    attributions,
    windows: source.windows,
    captures: source.captures,
    stats: source.stats,
    coverage: source.coverage,
    ...(source.networks === null
      ? {}
      : { outsideNetworks: outsideHosts(source.networks, hostsReported(source.windows)) }),
    recordsFrom: source.recordsFrom,
    interrupted: source.interrupted,
    incomplete: source.incomplete,
    ...(source.sensors === undefined ? {} : { sensors: source.sensors }),
    ...(source.down === undefined ? {} : { down: source.down }),
    ...(isSpanAsked(options)
      ? { observedBy: sensorTimes(sensorSpans(source.windows.filter((window) => !isSilentWindow(window)))) }
      : {}),
    wiretally: packageVersion(),
    catalogue: source.catalogue.version,
    command: options.command,
    timezone: options.timezone,
    generated: options.stamp ? formatInstant(Date.now() * 1000) : null,
    ...(options.sinceSeconds === undefined ? {} : { sinceSeconds: options.sinceSeconds }),
    ...(options.untilSeconds === undefined ? {} : { untilSeconds: options.untilSeconds }),
  };
}

export const isSpanAsked = ({ sinceSeconds, untilSeconds }: ReportOnOptions): boolean =>
  sinceSeconds !== undefined || untilSeconds !== undefined;

/** When each sensor saw, for a comparison of two spans. */
export function sensorTimes(spans: readonly SensorSpan[]): SensorTime[] {
  return spans.map(({ sensor, firstSeconds, lastSeconds }) => ({
    sensor,
    first: formatInstant(firstSeconds * US),
    last: formatInstant(lastSeconds * US),
  }));
}

/** Of a reading that was whole: 4 where nothing was observed of the span, the hosts or the filter asked for. */
export const codeOfAnswer = (document: ReportDocument, reading: ExitCode): ExitCode =>
  reading === EXIT.done && isAskedInVain(document) ? EXIT.damaged : reading;

export async function printReport(
  document: ReportDocument,
  options: ReportOptions & CommonOptions,
  run?: { readonly seconds: number; readonly workers: number },
): Promise<void> {
  await writeChunks(await reportChunks(document, options.format, terminalOf(options, run)));
}
