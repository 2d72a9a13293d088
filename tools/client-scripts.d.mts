export declare const clientScripts: () => {
  readonly name: string;
  resolveId(id: string, importer: string | undefined): string | null;
  load(id: string): Promise<string> | null;
};
