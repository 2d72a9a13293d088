/** Declares the compiled texts of a language, see tools/messages.mjs. */
declare module '*.messages.js' {
  export const MESSAGES: import('./messages.ts').CompiledMessages;
}
