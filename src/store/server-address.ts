// Addresses of stores on servers: a leaf, as readers of inputs need to recognize them and no store.

export interface ServerAddress {
  /** Decides by the text alone. */
  isAddress(path: string): boolean;
  /** The form in help texts. */
  readonly form: string;
}
