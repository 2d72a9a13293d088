// Formats the command in the document: the request, without options that cannot change the result.

import type { ReportRequest } from '../../model/request.ts';
import { shellWord } from '../../text/shell-word.ts';

/** A command as text and as data. */
export interface CommandRequest {
  readonly command: string;
  readonly request: ReportRequest;
}

/** Formats the options in the order of the table. It omits undefined, false and empty lists. */
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

/** Returns a request as the user types it. */
export const commandWords = (verb: string, { inputs, options }: ReportRequest): string[] => [
  verb,
  ...inputs.map(shellWord),
  ...options.flatMap(optionWords),
];

/** Returns an option as the user types it. */
export const optionWords = ([name, ...values]: ReportRequest['options'][number]): string[] => [
  name,
  ...values.map(shellWord),
];
