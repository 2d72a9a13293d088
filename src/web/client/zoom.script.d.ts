/** The compiled text of zoom.ts: tools/client-scripts.mjs. */
export declare const SCRIPT: string;
