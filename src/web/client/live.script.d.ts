/** The compiled text of live.ts: tools/client-scripts.mjs. */
export declare const SCRIPT: string;
