// Files of a folder that are not what is read of folders.

/** Empty where nothing was left out. `known`: what is read. */
export function leftOutNotes(files: readonly string[], known: string): string[] {
  const [first] = files;
  if (first === undefined) return [];
  return [
    files.length === 1
      ? `${first}: no known ${known}; left out`
      : `${files.length} files: no known ${known}; left out (the first: ${first})`,
  ];
}
