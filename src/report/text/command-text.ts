// The command as the document repeats it: what was asked, without what cannot change the result.

import type { ReportRequest } from '../../model/request.ts';
import { shellWord } from '../../text/shell-word.ts';

/** A command for people, and the same as data. */
export interface CommandRequest {
  readonly command: string;
  readonly request: ReportRequest;
}

/** Values in the order of the table; undefined, false and empty lists are left out. */
export function formatCommand(
  verb: string,
  inputs: readonly string[],
  values: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>,
): CommandRequest {
  const options = Object.entries(values).flatMap(([name, value]): ReportRequest['options'] => {
    if (value === undefined || value === false) return [];
    if (value === true) return [[name]];
    return (Array.isArray(value) ? value : [value]).map((item) => [name, String(item)]);
  });
  const request = { inputs, options };
  return { command: commandWords(verb, request).join(' '), request };
}

/** A request as it is typed. */
export const commandWords = (verb: string, { inputs, options }: ReportRequest): string[] => [
  verb,
  ...inputs.map(shellWord),
  ...options.flatMap(optionWords),
];

/** An option as it is typed. */
export const optionWords = ([name, ...values]: ReportRequest['options'][number]): string[] => [
  name,
  ...values.map(shellWord),
];
