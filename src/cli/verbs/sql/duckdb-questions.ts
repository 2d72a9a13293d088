// Questions of `sql` to a DuckDB store.

import { loadEngine } from '../../../store/open.ts';
import type { Ask } from './questions.ts';

export const askOfDuckdb: Ask = async (path, question, { mostSeconds, file, limit }) => {
  const { openDuckdb } = await loadEngine();
  const store = await openDuckdb(path, { mode: 'read' });
  limit(store.aside ?? '');
  try {
    if (file === null) return await store.query(question, mostSeconds);
    await store.exportQuery(question, file.path, file.format);
    return null;
  } finally {
    await store.close();
  }
};
