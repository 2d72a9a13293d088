// A change of one text file as people read and programs apply it: a unified diff.

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Lines; none when nothing changes. `before` null: the file is new. */
export function fileDiff(name: string, before: string | null, after: string): string[] {
  if (before === after) return [];
  const from = before === null ? '/dev/null' : `a/${name}`;
  const patch = createTwoFilesPatch(from, `b/${name}`, before ?? '', after, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
  return patch.trimEnd().split('\n');
}
