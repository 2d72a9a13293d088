// Answers why names fail: windows in, diagnoses out.

import { type DiagnosisResult, diagnose } from '../diagnosis/diagnose.ts';
import { sumOutcomes } from '../window/outcomes.ts';
import type { SourceRead } from './source.ts';

export interface DiagnosisQuestion {
  readonly host?: string;
  readonly tool?: string;
  readonly name?: string;
}

export function diagnosisOf(source: SourceRead, { host, tool, name }: DiagnosisQuestion): DiagnosisResult {
  const { catalogue } = source;
  const toolsOf = (asked: string): readonly string[] =>
    [...new Set(catalogue.lookup(asked).map(({ value }) => value.tool.id))].sort();
  const isAsked = (one: { readonly host: string; readonly name: string }): boolean =>
    (host === undefined || one.host === host) &&
    (name === undefined || one.name === name.toLowerCase()) &&
    (tool === undefined || toolsOf(one.name).includes(tool));
  const cells = sumOutcomes(
    source.windows.flatMap(({ outcomes }) => (outcomes === undefined ? [] : [outcomes])),
  );
  const isModel = (asked: string): boolean =>
    catalogue.lookup(asked).some(({ value }) => value.endpoint.role === 'inference');
  const { diagnoses, checked } = diagnose(cells, source.windows, { toolsOf, isModel });
  return { diagnoses: diagnoses.filter(isAsked), checked: checked.filter(isAsked) };
}
