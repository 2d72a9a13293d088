// What stands at the head of every page: a content security policy that lets in the page's own style and script by their
// hashes, and nothing else.

import { type Html, html, Html as Markup } from './markup.ts';

interface PageHead {
  readonly title: string;
  readonly style: string;
  /** None: no script may run. */
  readonly script?: string;
}

export async function pageHead({ title, style, script }: PageHead): Promise<Html> {
  const scripts = script === undefined ? '' : ` script-src '${await contentHash(script)}';`;
  const policy = `default-src 'none'; style-src '${await contentHash(style)}';${scripts} img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>`;
}

async function contentHash(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}
