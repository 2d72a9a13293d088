// Defines a type that is read-only at every level.

/** Documents do not change after their creation. */
export type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
