// Caches a value that is computed from an object, for the lifetime of the object.

/** Returns a function that computes the value at its first call. The object must not change after this call. */
export function computeOnce<K extends object, V>(compute: (key: K) => V): (of: K) => V {
  const computed = new WeakMap<K, V>();
  return (of) => {
    let value = computed.get(of);
    if (value === undefined) {
      value = compute(of);
      computed.set(of, value);
    }
    return value;
  };
}
