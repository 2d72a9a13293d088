// How a report is made, and how to get it again. Pages have it in columns, made by hand; Markdown has a list of its own.

import type { Section } from './section.ts';

export const METHOD: Section = {
  id: 'method',
  tables: [],
  notes: () => [],
  pages: [],
  places: ['page'],
  isShown: () => true,
};
