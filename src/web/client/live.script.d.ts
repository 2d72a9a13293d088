/** The compiled text of live.ts: native-bindings/client-scripts.mjs. */
export declare const SCRIPT: string;
