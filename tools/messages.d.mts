export declare const languageMessages: () => {
  readonly name: string;
  resolveId(id: string, importer: string | undefined): string | null;
  load(id: string): string | null;
};
