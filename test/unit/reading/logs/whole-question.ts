// The question of a plain `analyze`: everything that the inputs hold.
import type { Question } from '../../../../src/query/question.ts';

export const WHOLE: Question = {
  command: 'analyze',
  span: {},
  against: null,
  hasTrend: false,
  policy: null,
  hosts: [],
  groups: [],
  tools: [],
  generated: null,
};
