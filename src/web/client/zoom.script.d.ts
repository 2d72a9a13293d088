/** The compiled text of zoom.ts: native-bindings/client-scripts.mjs. */
export declare const SCRIPT: string;
