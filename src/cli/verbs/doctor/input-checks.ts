// What the inputs of `wiretally doctor PATH` are, what they can show, and what their configuration leaves out.

import { reviewInputs } from '../../../query/inputs/log-files.ts';
import { plural } from '../../../report/text/quantity.ts';
import type { Check } from './checks.ts';

export async function checkInputs(paths: readonly string[]): Promise<Check[]> {
  const { captures, products, errors, notes } = await reviewInputs(paths);
  return [
    ...(captures.length === 0
      ? []
      : [
          {
            name: 'captures',
            state: 'good' as const,
            says: `${plural(captures.length, 'capture')}; tools are certain at most`,
            next: null,
          },
        ]),
    ...products.flatMap(({ id, title, files, review }): Check[] => [
      { name: id, state: 'good', says: `${title}, ${plural(files, 'file')}: ${review.shows}`, next: null },
      ...review.missing.map(
        ({ what, next }): Check => ({ name: id, state: 'note', says: `missing: ${what}`, next }),
      ),
    ]),
    ...errors.map(({ message, next }): Check => ({ name: 'input', state: 'bad', says: message, next })),
    ...notes.map((says): Check => ({ name: 'input', state: 'note', says, next: null })),
  ];
}
