// What the pages are made of: documents about spans of time, from whatever keeps windows.

import type { DiagnosisResult } from '../diagnosis/diagnose.ts';
import type { HealthAnswer } from '../diagnosis/health.ts';
import type { FleetSensor } from '../model/fleet.ts';
import type { ReportDocument } from '../model/report.ts';
import type { Identity } from './identity/identities.ts';
import type { SpanAsked } from './question.ts';

export interface PageSource {
  /** Zone of days and of times without one. */
  readonly timezone: string;
  /** Changes with the stored data. Throws WiretallyError if that is unknown. */
  version(): string | Promise<string>;
  /** The report about a span. Throws WiretallyError where what is kept cannot be read. */
  document(span: SpanAsked): Promise<ReportDocument>;
  /** Health of the connections in a span, with hosts as the document names them. Throws as `document`. */
  health(span: SpanAsked): Promise<HealthAnswer>;
  /** Diagnoses of a host, by the name that the document has for it. Throws as `document`. */
  diagnosis(span: SpanAsked, host: string): Promise<DiagnosisResult>;
  /** The sensors that deliver to it, at a time in Unix seconds; absent: none do. Throws as `document`. */
  sensors?(nowSeconds: number): Promise<readonly FleetSensor[]>;
  /** Who stands behind a pseudonym of a document; null where that is not kept. */
  identity(pseudonym: string): Identity | null;
}
