// The public API: captures into windows, windows into stores, attributions, findings and reports.

export { loadCatalogue } from './capture/catalogue-files.ts';
export { type AttributeOptions, attribute } from './catalogue/attribute.ts';
export { Catalogue } from './catalogue/catalogue.ts';
export { catalogueFacts, type ToolFacts } from './catalogue/facts.ts';
export { ERROR_CODES, type ErrorCode, type ErrorDetails, WiretallyError } from './model/errors.ts';
export type * from './model/flow.ts';
export type * from './model/report.ts';
export type * from './model/sensor.ts';
export type { HostAttribution, HostTool, Role, Specificity, ToolKind, UsageQuarter } from './model/tool.ts';
export type * from './model/usage.ts';
export { openZone, type Zone } from './model/zone.ts';
export { type Judgement, judge as checkPolicy, type PolicySubject } from './policy/check.ts';
export { loadPolicy } from './policy/policy.ts';
export { subjectsOf } from './policy/subjects.ts';
export { buildReport, type ReportInput } from './report/document.ts';
export { FORMAT_NAMES, type FormatName, renderReport } from './report/render.ts';
export { analyze, readFlows, readHandshakes } from './sensor/analyze.ts';
export { type WatchWindowsOptions, watch } from './sensor/watch-windows.ts';
export type { DuckdbStore, QueryResult } from './store/duckdb.ts';
export { type OpenOptions, openStore } from './store/open.ts';
export type * from './store/store.ts';
export { readUsageFile, writeUsageFile } from './store/usage-file.ts';
export { type DecodedWindows, decodeWindows, encodeWindows, type WindowDamage } from './usage/codec.ts';
export { joinWindows, mergeWindows, rollUpWindows } from './usage/merge.ts';
