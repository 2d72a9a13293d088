/** The compiled text of page.ts: tools/client-scripts.mjs. */
export declare const SCRIPT: string;
