// Columns of a table that every format prints: the head of each, and its text of one row.

export interface Head<T> {
  readonly head: string;
  readonly isNumber?: true;
  of(row: T): string;
}
