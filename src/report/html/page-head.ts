// Writes the head of every page, with a content security policy that permits only the page's own style and script, by
// their hashes.

import type { Sha256 } from '../text/render-options.ts';
import { type Html, html, Html as Markup } from './markup.ts';

interface PageHead {
  readonly title: string;
  readonly style: string;
  /** Absent: no script may run. */
  readonly script?: string;
  readonly sha256?: Sha256 | undefined;
}

export async function pageHead({ title, style, script, sha256 }: PageHead): Promise<Html> {
  const scripts = script === undefined ? '' : ` script-src '${await contentHash(script, sha256)}';`;
  const policy = `default-src 'none'; style-src '${await contentHash(style, sha256)}';${scripts} img-src data:; base-uri 'none'; form-action 'none'`;
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

/** Returns the text by which a content security policy permits a style or script. */
export async function contentHash(text: string, sha256: Sha256 = ownSha256): Promise<string> {
  const digest = await sha256(new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}

const ownSha256: Sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

// The frame of pages that fit on one sheet: no script, one style, light and dark, A4.

const STYLE = `:root{color-scheme:light;--paper:#f7f7f5;--card:#fff;--ink:#1b2127;--soft:#525c66;--line:#dfe2e5;--link:#0a5599;--viol:#a83a06;--viol-bg:#fdeee4;--susp:#7a5600;--susp-bg:#fdf4dc;--ok:#17624f;--ok-bg:#e7f4ef;--info:#3f5f80;--info-bg:#ecf2f8;--model:#8aa4bd;--tele:#74306f}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;--paper:#12161a;--card:#191e24;--ink:#e6e9ec;--soft:#a4aeb8;--line:#2b323a;--link:#82bdf2;--viol:#ff9c66;--viol-bg:#3a2216;--susp:#e6bd5a;--susp-bg:#332a12;--ok:#6fcab0;--ok-bg:#15302a;--info:#a3c0de;--info-bg:#1e2a37;--model:#6d8aa6;--tele:#d893d2}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 Inter,"Segoe UI",system-ui,-apple-system,"Helvetica Neue","Noto Sans","PingFang SC","Microsoft YaHei",Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:820px;margin:auto;padding:1.6rem 1.25rem 2rem}h1{font-size:25px;line-height:1.2;letter-spacing:-.015em;margin:0 0 .3rem}h2{font-size:16px;margin:1.3rem 0 .3rem}p{margin:.4em 0;max-width:72ch}a{color:var(--link)}code{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em;overflow-wrap:anywhere}
.soft{color:var(--soft)}.sm{font-size:13px}.box{border:1px solid var(--line);border-radius:9px;background:var(--card);padding:.9rem 1.1rem;margin:.9rem 0}.box b:first-child{font-size:18px}
.viol{background:var(--viol-bg);color:var(--viol)}.susp{background:var(--susp-bg);color:var(--susp)}.ok{background:var(--ok-bg);color:var(--ok)}.info{background:var(--info-bg);color:var(--info)}
.two{display:grid;grid-template-columns:1fr 1fr;gap:0 2rem}dl{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.2rem 1rem;margin:.3rem 0}dt{font-weight:600}dd{margin:0}ul{margin:.3rem 0;padding-left:1.2rem}
.todo{grid-template-columns:minmax(7rem,auto) 1fr;gap:.1rem 1rem}.terms{display:block;columns:2;column-gap:2rem;font-size:13px}.terms div{display:block;break-inside:avoid;margin-bottom:.25rem}.terms dt,.terms dd{display:inline}.terms dt::after{content:": "}
table{border-collapse:collapse;width:100%;font-size:13.5px}th,td{text-align:left;padding:.32rem .7rem .32rem 0;border-top:1px solid var(--line);vertical-align:top}thead th{border:0;color:var(--soft);font-weight:500}.n{text-align:right;white-space:nowrap}thead .n{white-space:normal}.host{min-width:16ch}.scroll{overflow-x:auto;position:relative}caption{text-align:left;color:var(--soft);font-size:13px;padding-bottom:.3rem}
.c-mod{fill:var(--model)}.c-tel{fill:var(--tele)}svg{display:block}footer{color:var(--soft);font-size:12.5px;border-top:1px solid var(--line);margin-top:1.3rem;padding-top:.6rem}
@media screen and (max-width:640px){.two{grid-template-columns:1fr}dl{grid-template-columns:1fr}dd{margin-bottom:.3rem}.todo{grid-template-columns:1fr}.terms{columns:1}}
@page{size:A4;margin:10mm 13mm}@media print{.scroll{overflow:visible}thead{break-after:avoid}tr,.box,li,dd{break-inside:avoid}h2{break-after:avoid}body{background:#fff;font-size:9.4pt;line-height:1.33}main{max-width:none;padding:0}h1{font-size:17pt}h2{margin:.55rem 0 .15rem;font-size:11pt}table{line-height:1.24}.box{padding:.5rem .7rem;margin:.5rem 0}.sm,table,footer,.terms{font-size:8.4pt}th,td{padding-top:.14rem;padding-bottom:.14rem}ul{break-before:avoid}.end{break-inside:avoid}footer{break-before:avoid;margin-top:.5rem}.brief{font-size:8.2pt;line-height:1.2}.brief p{max-width:none}.brief h2{margin-top:.3rem;font-size:9.6pt}.brief ul,.brief dl{margin:.1rem 0}.brief .box{margin:.2rem 0;padding:.2rem .5rem}.brief .terms,.brief table,.brief+footer,.brief .sm{font-size:7.6pt;line-height:1.18}.brief h1{font-size:14pt;margin:0}.brief .box b:first-child{font-size:10pt}.brief td,.brief th{padding-top:.05rem;padding-bottom:.05rem}.brief p{margin:.1em 0}.brief .terms{columns:3;column-gap:1.2rem}.brief .terms div{margin-bottom:.1rem}.brief dl{row-gap:.05rem}a{color:inherit;text-decoration:none}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;

export async function renderSheet(
  title: string,
  body: Html,
  footer: Html,
  language: string,
): Promise<string> {
  return html`<!doctype html>
<html lang="${language}">
${await pageHead({ title, style: STYLE })}
<body><main>
${body}
<footer>${footer}</footer>
</main></body>
</html>
`.markup;
}
