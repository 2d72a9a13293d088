// JSON that is safe to look at: signs that hide or reorder text stand as \u escapes, which mean the same to a program.

const HIDDEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;
const PLAIN = /^[\x20-\x7e\n]*$/;

export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent);
  return PLAIN.test(text) ? text : text.replace(HIDDEN, escapeSign);
}

function escapeSign(sign: string): string {
  let escaped = '';
  for (let i = 0; i < sign.length; i++) escaped += `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}
