// Declares how a report is made and reproduced. Pages show it in columns with their own code; Markdown has its own
// list.

import type { Section } from './section.ts';

export const METHOD: Section = {
  id: 'method',
  tables: [],
  places: ['page'],
  isShown: () => true,
};
