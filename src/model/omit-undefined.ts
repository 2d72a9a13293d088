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

type Filled<T> = { [K in keyof T]?: Exclude<T[K], null | undefined> };

/** Returns the fields that are neither undefined, null nor an empty list, in their order. */
export function omitEmpty<T extends object>(fields: T): Filled<T> {
  const filled = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(filled) as Filled<T>;
}
