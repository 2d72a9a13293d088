// A hostile input: name, declared type, and its bytes, or a function that creates a folder.

export const MEGABYTE = 1_000_000;

export type Pretends =
  | 'capture'
  | 'windows'
  | 'folder'
  | 'store'
  | 'policy'
  | 'hosts'
  | 'key'
  | 'profile'
  | 'catalogue'
  | 'bundle'
  | 'text';

export interface Kind {
  readonly name: string;
  readonly of: Pretends;
  /** Its name on disk. */
  readonly file: string;
  /** Writes it to the path, which does not exist yet: a file or a folder. */
  readonly write: (path: string) => void | Promise<void>;
}
