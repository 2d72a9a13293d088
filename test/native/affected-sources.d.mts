export function findAffected(
  files: readonly string[],
  changed: readonly string[],
  read: (file: string) => string,
): string[];
