// Lints the builds of an entry: contradictory data, and marks that windows do not contain.

import { compareVersions, intersectSpans, uniteSpans, type VersionSpan } from '../text/version.ts';
import { matchesName } from './name-index.ts';
import type { BuildLine, BuildMark, ToolEntry } from './schema.ts';

type Say = (path: string, message: string) => void;

export function lintBuilds(tool: ToolEntry, runtimes: ReadonlySet<string>, say: Say): void {
  const { builds } = tool;
  if (builds === undefined) return;
  if (builds.lines.length === 0 && builds.cannotSay === undefined)
    say('builds', 'neither lines nor "cannotSay"');
  const lines = new Set<string>();
  for (const [i, line] of builds.lines.entries()) {
    const path = `builds.lines[${i}]`;
    if (lines.has(line.id)) say(`${path}.id`, `line "${line.id}" is there twice`);
    lines.add(line.id);
    for (const id of line.runtimes)
      if (!runtimes.has(id)) say(`${path}.runtimes`, `runtime "${id}" is not known`);
    if (compareVersions(line.recorded.from, line.recorded.to) > 0)
      say(`${path}.recorded`, `${line.recorded.from} is newer than ${line.recorded.to}`);
    lintMarks(tool, line, path, say);
  }
  for (const name of builds.download?.names ?? [])
    if (!isKept(tool, name)) say('builds.download.names', notKept(name));
}

const notKept = (name: string): string =>
  `${name} is no endpoint of this entry that is the tool's or its vendor's, so windows do not keep it`;

const isKept = ({ endpoints }: ToolEntry, name: string): boolean =>
  endpoints.some(({ host, specificity }) => specificity !== 'shared' && matchesName(host, name));

function lintMarks(tool: ToolEntry, { marks }: BuildLine, path: string, say: Say): void {
  const ids = new Set<string>();
  const shown = new Map<string, { id: string; spans: readonly VersionSpan[] }>();
  for (const [i, mark] of marks.entries()) {
    const at = `${path}.marks[${i}]`;
    if (ids.has(mark.id)) say(`${at}.id`, `mark "${mark.id}" is there twice`);
    ids.add(mark.id);
    for (const name of mark.names) if (!isKept(tool, name)) say(`${at}.names`, notKept(name));
    lintSpans(mark.in, `${at}.in`, say);
    for (const key of whatIsShown(mark)) {
      const other = shown.get(key);
      if (other !== undefined && intersectSpans(other.spans, mark.in).length === 0)
        say(at, `shows the same as "${other.id}" and says of other builds: one mark has all spans of it`);
      else if (other !== undefined) say(at, `shows the same as "${other.id}"`);
      shown.set(key, { id: mark.id, spans: mark.in });
    }
  }
}

function lintSpans(spans: readonly VersionSpan[], path: string, say: Say): void {
  for (const [first, last] of spans) {
    if (first !== null && last !== null && compareVersions(first, last) > 0)
      say(path, `the span from ${first} to ${last} is reversed`);
  }
  if (uniteSpans(spans).length < spans.length) say(path, 'spans overlap or follow each other: write one');
}

/** Marks that exclude each other in one line. */
function whatIsShown(mark: BuildMark): string[] {
  switch (mark.kind) {
    case 'form':
      return mark.forms.map(({ ja4, ja3 }) => `form ${mark.names} ${mark.alpn} ${ja4} ${ja3 ?? ''}`);
    case 'call':
      return (mark.way === undefined ? ['key', 'login'] : [mark.way]).map(
        (way) => `call ${mark.names} ${mark.alpn} ${mark.up} ${way}`,
      );
    case 'name':
      return [`name ${mark.names}`];
    case 'absent':
      return [`absent ${mark.names} ${mark.alpn}`];
  }
}
