// Creates objects in which a field without a value is absent, as documents and options require (docs/adr/0032).

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Returns the fields that have a value, in their order. */
export function omitUndefined<T extends object>(fields: T): Defined<T> {
  const defined: Defined<T> = {};
  for (const key of Object.keys(fields) as (keyof T)[]) {
    const value = fields[key];
    if (value !== undefined) defined[key] = value as Exclude<T[keyof T], undefined>;
  }
  return defined;
}
