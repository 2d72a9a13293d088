// Caches a value that is computed from an object, for the lifetime of the object.

/** Returns a function that computes the value at its first call. The object must not change after this call. */
export function computedOnce<K extends object, V>(compute: (key: K) => V): (of: K) => V {
  const known = new WeakMap<K, V>();
  return (of) => {
    let value = known.get(of);
    if (value === undefined) {
      value = compute(of);
      known.set(of, value);
    }
    return value;
  };
}
