export function cacheFolder(): string;

export function digestOfAll(parts: readonly (readonly [name: string, bytes: string | Uint8Array])[]): string;

export function placeBuild(options: {
  readonly name: string;
  readonly key: string;
  readonly files: readonly string[];
  readonly target: string;
  readonly build: () => string;
}): boolean;
