// Immutable: a type that is read only at every level.

/** Documents are not changed after they are made. */
export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
