// Name of the metadata in a spool. Readers of stores test for it without loading the schema of its content.

export const SPOOL_FILE = '.spool.json';
