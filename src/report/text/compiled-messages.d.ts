/** The compiled texts of a language: tools/messages.mjs. */
declare module '*.messages.js' {
  export const MESSAGES: import('./messages.ts').CompiledMessages;
}
