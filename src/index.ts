// The public API: captures into windows, windows into stores, attributions, findings and reports.

import { measureWideText } from './files/wide-text.ts';

export { type AttributeOptions, attribute } from './attribution/attribute.ts';
export { Catalogue, type ToolEndpoint as EndpointOf } from './catalogue/catalogue.ts';
export type { Found } from './catalogue/name-index.ts';
export { catalogueFacts } from './catalogue/policy-facts.ts';
export type { Runtimes } from './catalogue/runtimes.ts';
export type { CatalogueData, RuntimeSeen } from './catalogue/schema.ts';
export { loadCatalogue } from './files/catalogue-files.ts';
export type * from './model/catalogue-words.ts';
export { ROLES, TOOL_KINDS } from './model/catalogue-words.ts';
export type * from './model/confidence.ts';
export type { HostSum, RowSum, StatsSum, ToolSums } from './model/counters.ts';
export { ERROR_CODES, type ErrorCode, type ErrorDetails, WiretallyError } from './model/errors.ts';
export type * from './model/exposure-answers.ts';
export type * from './model/findings.ts';
export type * from './model/flow.ts';
export type * from './model/policy.ts';
export type { HostIdentity as EvaluatedHost } from './model/policy.ts';
export type * from './model/report.ts';
export type { Advisory } from './model/report.ts';
export type * from './model/sensor.ts';
export type {
  BuildSign,
  HostAttribution,
  HostTool,
  NotPlaced,
  RoleTraffic,
  SignDay,
  UsageQuarter,
} from './model/tool.ts';
export type * from './model/usage.ts';
export type * from './model/window-words.ts';
export type { Network } from './net/address.ts';
export { evaluate as checkPolicy, type PolicyResult } from './policy/evaluate.ts';
export type { HostsFile } from './policy/hosts-file.ts';
export type { Observed } from './policy/observed.ts';
export { loadPolicy } from './policy/parse-policy.ts';
export type { Register } from './policy/register-file.ts';
export type { PolicySubject } from './policy/subjects.ts';
export { listSubjects } from './policy/subjects.ts';
export { readAdvisories } from './query/inputs/advisory-files.ts';
export { type PolicyOnDisk, readHostsFile, readPolicy, readRegister } from './query/inputs/policy-file.ts';
export { readPseudonyms } from './query/inputs/pseudonyms.ts';
export { readSensorsFile } from './query/inputs/read-sensors-file.ts';
export {
  type Analysis,
  analyze,
  type LibraryAnalyzeOptions,
  type LibraryWatchOptions,
  readFlows,
  readHandshakes,
  watch,
} from './query/library-analyze.ts';
export {
  askLibrarySource as ask,
  type LibraryQuestion as Question,
  type LibraryReportOptions,
  type LibrarySource as Source,
  type LibrarySourceOptions as SourceOptions,
  makeReport,
  openLibrarySource as openSource,
  type ReportSubject,
  type Time,
} from './query/library-report.ts';
export type { ReadOutcome } from './query/source.ts';
export { applyView, type View } from './query/view.ts';
export { FORMAT_NAMES, type FormatName, renderReport, reportChunks } from './report/render.ts';
export type { RenderOptions } from './report/text/render-options.ts';
export type { Attributor } from './store/attributor.ts';
export type { QueryResult } from './store/duckdb/duckdb-queries.ts';
export type { DuckdbStore } from './store/duckdb/duckdb-store.ts';
export type { ExportFormat } from './store/duckdb/export-answer.ts';
export { type OpenOptions, openStore } from './store/open.ts';
export type * from './store/store.ts';
export { type ReadUsage, readUsageFile, writeUsageFile } from './store/usage-file.ts';
export type { VersionSpan } from './text/version.ts';
export { openZone, type Zone } from './time/zone.ts';
export { type DecodedWindows, decodeWindows, encodeWindows, type WindowDamage } from './window/codec.ts';
export { joinWindows, mergeWindows, rollUpWindows } from './window/merge-windows.ts';
export type { SensorNetworks } from './window/sensor-networks.ts';
export type { WantsHost } from './window/wire-read.ts';

measureWideText();
