// Serves style and scripts of the pages: those of the report and additions. Names contain a hash of the content, so browsers
// may cache them without expiry.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { SCRIPT } from '../report/client/page.script.js';
import { STYLE } from '../report/html/style.ts';
import { SCRIPT as LIVE_SCRIPT } from './client/live.script.js';
import { SCRIPT as ZOOM_SCRIPT } from './client/zoom.script.js';

const PAGES_STYLE = `.bar nav a[aria-current]{color:var(--ink);font-weight:600}
#list,#findings,#chh,#comparison{scroll-margin-top:14rem}.ask{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:end;margin:.2rem 0 1rem;font-size:13px}.ask label{display:grid;gap:.1rem;color:var(--soft)}.ask label.at{margin-left:-.5rem}.ask input,.ask select{border:1px solid var(--line2);border-radius:6px;padding:.22rem .5rem;background:var(--card);color:var(--ink);margin:0;max-width:100%;height:30px}.bar input{font-size:13px;margin:0}
html:not(.js) .ask .btn,html:not(.js) .bar form .btn{display:inline-block}.ask .presets{display:flex;flex-wrap:wrap;gap:.2rem .8rem;padding-bottom:.25rem}
.live{min-height:1.4em;max-width:1160px;margin:.5rem auto -.6rem;padding:0 1.25rem}.narrow{max-width:40rem}.live.susp{color:var(--susp);font-weight:600}
.as{font-size:13px;margin:1rem 0 0}.pager{display:flex;gap:1rem;font-size:13px;margin:.6rem 0}.note{border:1px solid var(--line);border-radius:8px;background:var(--card);padding:.6rem .9rem;max-width:none}.note.susp{border-color:var(--susp);color:var(--susp)}
.who{font-size:12.5px;color:var(--soft);display:flex;gap:.5rem;align-items:center}.facts2{display:flex;flex-wrap:wrap;gap:.4rem 2.2rem;margin:.4rem 0 0}.facts2 dd{font-size:14px;overflow-wrap:anywhere}.title{font-size:24px;margin:.2rem 0 .6rem;overflow-wrap:anywhere}
.now{margin:.2rem 0 1.2rem}.now h2{margin-top:.4rem}.now h3{margin:1rem 0 .2rem}.now p{font-size:14px;max-width:none;margin:.1rem 0 .5rem}.now dd{font-variant-numeric:tabular-nums}.prov td,.prov th,.un td,.un th{vertical-align:top}
.results{list-style:none;padding:0;margin:.3rem 0 1rem}.results li{padding:.3rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
.tl td,.tl th{vertical-align:middle}.tl tbody th{font-size:13.5px;padding-right:.8rem}.tl .gr th{padding-top:.75rem;border:0}.tl td:last-child{white-space:nowrap}.tl .tlb{width:52%;padding-top:0;padding-bottom:0}.tlb svg{display:block;width:100%;height:20px}.tl .ends{font-size:12px}.tl td:last-child{width:auto}
figure.health{margin:1rem 0 .4rem}.health svg{display:block;width:100%}.health figcaption{margin:.7rem 0 .15rem}.ends{display:flex;justify-content:space-between;gap:1rem}.hs{width:110px}.hs svg{display:block;width:100%}.p95{display:block;color:var(--soft);font-size:12px}.dg{margin:.7rem 0}.dg h3{font-size:15px}.dg h4{font-size:12.5px;color:var(--soft);font-weight:500;margin:.5rem 0 .1rem}.dg ul{margin:.1rem 0;padding-left:1.2rem;font-size:13.5px}.dg li{overflow-wrap:anywhere}details.np>summary{cursor:pointer;font-size:13px;min-height:24px}.hl th[scope=row]{white-space:normal;overflow-wrap:anywhere;min-width:7rem}.hl td.w{min-width:7.5rem}
@media screen and (max-width:700px){.bar form{flex:1 1 6rem}.bar form input{width:100%}.tl .tlb{width:auto}.tl td:last-child{white-space:normal}.p95{display:inline;margin-left:.8em}.live{padding:0 .9rem}.ask label{flex:1 1 8rem}.bar nav a,.ask a,.pager a,.as a{min-height:24px;display:inline-block}}
@media print{.live,.ask,.pager,.as,.who,.bar form{display:none!important}.ev code{font-size:inherit}}
`;

/** Hides the chart without script. uPlot draws the bars in the colours of the page. */
const ZOOM_STYLE = `.zoom{margin:1rem 0}html:not(.js) .zoom{display:none}.zoom figcaption{font-size:13px;max-width:none;display:flex;flex-wrap:wrap;gap:.1rem .8rem}.zoom output{font-weight:600;color:var(--ink);margin-left:auto}.zoom .zc{height:132px;overflow:hidden}.zoom .u-over{cursor:crosshair}.zoom .u-select{background:var(--link);opacity:.22}
@media print{.zoom{display:none}}
`;

export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

function asset(name: string, ending: string, type: string, text: string): Asset {
  const sum = createHash('sha256').update(text).digest('base64url').slice(0, 16);
  return { path: `/assets/${name}-${sum}.${ending}`, type, text };
}

/** Read at startup, because a process that changes its user or confines itself may not read packages later. */
const packaged = createRequire(import.meta.url);
const formatFile = (name: string): string => readFileSync(packaged.resolve(name), 'utf8');

export const STYLE_ASSET = asset(
  'pages',
  'css',
  'text/css; charset=utf-8',
  `${STYLE}\n${PAGES_STYLE}${formatFile('uplot/dist/uPlot.min.css')}\n${ZOOM_STYLE}`,
);
export const ZOOM_ASSET = asset(
  'zoom',
  'js',
  'text/javascript; charset=utf-8',
  `${formatFile('uplot/dist/uPlot.iife.min.js')}\n${ZOOM_SCRIPT}`,
);
export const SCRIPT_ASSET = asset(
  'pages',
  'js',
  'text/javascript; charset=utf-8',
  `${SCRIPT}\n${LIVE_SCRIPT}`,
);
