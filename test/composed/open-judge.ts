// The judge of composed cases for a test file; cases that are not right are printed at its end.

import { afterAll } from 'vitest';
import { Judge } from '../../captures/composed/judge.ts';
import { RecordingLibrary } from '../../captures/composed/library.ts';
import { faultsOf, type Judged, tableOf } from '../../captures/composed/table.ts';
import * as wiretally from '../../src/index.ts';
import { wiretallyHere } from '../cli/in-process.ts';

/** `all`: what the tests have judged. */
export async function openJudge() {
  const judge = new Judge(wiretally, await wiretally.loadCatalogue(), wiretallyHere);
  const all: Judged[] = [];
  afterAll(() => {
    judge.close();
    if (all.some(({ result }) => faultsOf(result).length > 0)) console.log(tableOf(all));
  });
  return { recordings: new RecordingLibrary(['captures']), judge, all };
}
