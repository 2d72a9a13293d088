// What a hostile input is: a name, what it pretends to be, and its bytes, or what makes a folder of it.

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
  /** Writes it to the path, which is not there yet: a file or a folder. */
  readonly write: (path: string) => void | Promise<void>;
}
