/** The compiled text of page.ts: native-bindings/client-scripts.mjs. */
export declare const SCRIPT: string;
