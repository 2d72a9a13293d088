// Contains the style of the page as data. Light and dark use the same tokens; print is always light; the layout for
// phones applies below 700 px.

const LIGHT = `--paper:#f7f7f5;--card:#fff;--ink:#1b2127;--soft:#525c66;--line:#dfe2e5;--line2:#c3c9cf;--link:#0a5599;
--viol:#a83a06;--viol-bg:#fdeee4;--susp:#7a5600;--susp-bg:#fdf4dc;--info:#3f5f80;--info-bg:#ecf2f8;--ok:#17624f;--ok-bg:#e7f4ef;--exempt:#5b5566;--exempt-bg:#efedf3;
--b1:#dbe8f4;--b2:#a9c9e6;--b3:#3d79b3;--b4:#174f84;--b3i:#fff;--b4i:#fff;--o1:#fbe0cd;--o2:#f4b384;--o3:#dd6f22;--o4:#a83a06;--o3i:#1b2127;--o4i:#fff;
--g1:#e9ebed;--g2:#cfd5da;--g3:#9aa5af;--g4:#626e79;--g3i:#1b2127;--g4i:#fff;--model:#8aa4bd;--tele:#74306f;--grid:#e7e9ec;`;

const DARK_THEME = `color-scheme:dark;--paper:#12161a;--card:#191e24;--ink:#e6e9ec;--soft:#a4aeb8;--line:#2b323a;--line2:#424c56;--link:#82bdf2;
--viol:#ff9c66;--viol-bg:#3a2216;--susp:#e6bd5a;--susp-bg:#332a12;--info:#a3c0de;--info-bg:#1e2a37;--ok:#6fcab0;--ok-bg:#15302a;--exempt:#bfb6d0;--exempt-bg:#2a2633;
--b1:#1b2f42;--b2:#23486a;--b3:#2b6699;--b4:#7fb8ea;--b3i:#fff;--b4i:#0d1116;--o1:#3d2618;--o2:#6a3315;--o3:#9a4529;--o4:#ffa673;--o3i:#fff;--o4i:#0d1116;
--g1:#262c33;--g2:#353d46;--g3:#4a545e;--g4:#97a3ae;--g3i:#fff;--g4i:#0d1116;--model:#6d8aa6;--tele:#d893d2;--grid:#272e36;`;

const BASE = `*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:4rem}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 Inter,"Segoe UI",system-ui,-apple-system,"Helvetica Neue","Noto Sans","PingFang SC","Microsoft YaHei",Arial,sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--link);text-underline-offset:2px}
h1,h2,h3{line-height:1.25;margin:0;font-weight:650;letter-spacing:-.011em;text-wrap:balance;overflow-wrap:break-word}
h2{font-size:20px;margin-bottom:.5rem}h1+h2{margin-top:1rem}h3{font-size:14px;margin-bottom:.2rem}
p{margin:.5em 0;max-width:70ch;text-wrap:pretty}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em;overflow-wrap:anywhere}
:focus-visible,input:is([type=date],[type=time]):focus-within{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
.sr{position:absolute!important;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.4rem .8rem;z-index:9}
table{border-collapse:collapse;width:100%;font-size:13px;line-height:1.4}
caption{text-align:left;color:var(--soft);padding:0 0 .6rem;max-width:78ch}
th{font-weight:600;text-align:left;color:var(--soft);vertical-align:bottom}
td,th{padding:.42rem .6rem .42rem 0}.n{text-align:right;white-space:nowrap}.n+td:not(.n),.n+th:not(.n){padding-left:1.1rem}
button,input{font:inherit;color:inherit}
.btn{background:var(--card);border:1px solid var(--line2);border-radius:6px;padding:.22rem .65rem;cursor:pointer;font-size:13px}
.btn:hover{border-color:var(--soft)}.btn[aria-pressed=true]{background:var(--ink);color:var(--paper);border-color:var(--ink)}
.tag{display:inline-flex;align-items:center;gap:.35em;border-radius:4px;padding:.05rem .45rem;font-size:12px;font-weight:600;white-space:nowrap}
.tag.viol{color:var(--viol);background:var(--viol-bg)}.tag.susp{color:var(--susp);background:var(--susp-bg)}.tag.info{color:var(--info);background:var(--info-bg)}.tag.ok{color:var(--ok);background:var(--ok-bg)}.tag.exempt{color:var(--exempt);background:var(--exempt-bg)}.tag.none{color:var(--soft);padding-left:0}
.soft{color:var(--soft)}.sm{font-size:13px}.hide,.miss{display:none!important}.po{display:none}.scroll{overflow-x:auto;position:relative}
html:not(.js) .tools,html:not(.js) .bar .btn{display:none}`;

const FRAME = `.bar{position:sticky;top:0;z-index:5;background:var(--paper);border-bottom:1px solid var(--line)}
.bar>div{max-width:1160px;margin:auto;padding:.5rem 1.25rem;display:flex;gap:.4rem 1.1rem;align-items:center;flex-wrap:wrap}
.bar nav{display:flex;gap:.1rem .7rem;flex:1;flex-wrap:wrap;font-size:13px}.bar nav a{color:var(--soft);text-decoration:none}.bar nav a:hover{color:var(--ink);text-decoration:underline}
.logo{font-weight:700;letter-spacing:-.02em}
main{max-width:1160px;margin:auto;padding:0 1.25rem 3rem}
.head{display:flex;flex-wrap:wrap;gap:.2rem 2rem;justify-content:space-between;padding:1.4rem 0 .9rem;font-size:13px;color:var(--soft)}.head b{color:var(--ink);font-weight:600}
section{margin:2.6rem 0 0}.sh{display:flex;flex-wrap:wrap;gap:.4rem 1rem;justify-content:space-between;align-items:baseline}.tools{display:flex;flex-wrap:wrap;gap:.35rem}
#hq{width:8.5rem;font-size:13px}input[type=search]{border:1px solid var(--line2);border-radius:6px;padding:.22rem .5rem;background:var(--card);margin-left:.3rem}
.cnt{font-weight:500;color:var(--soft)}.lead{max-width:82ch}
footer{max-width:1160px;margin:auto;padding:1rem 1.25rem 2.5rem;color:var(--soft);font-size:12.5px;border-top:1px solid var(--line)}
dt{color:var(--soft);font-size:12.5px}dd{margin:0}`;

const VERDICT = `.verdict{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.5rem 1.6rem 1.3rem}.vrule{display:grid;grid-template-columns:minmax(0,1.15fr) minmax(0,1fr);gap:1.2rem 2.4rem}.vrule+.vrule{border-top:1px solid var(--line);margin-top:1.3rem;padding-top:1.3rem}
.vrule h1,.vrule h2{font-size:29px;letter-spacing:-.02em;line-height:1.18;margin:.35rem 0 1.1rem}.eyebrow{margin:0;display:flex;flex-wrap:wrap;gap:.3rem .7rem;align-items:center}
.units{list-style:none;display:flex;gap:5px;padding:0;margin:0 0 .7rem;flex-wrap:wrap}.units a,.units .u{display:grid;place-items:center;width:27px;height:27px;border-radius:5px;color:inherit}.f-viol{fill:var(--o4)}.f-susp{fill:var(--susp)}.f-info{fill:var(--b2)}.f-exempt{fill:var(--exempt)}.f-ok{fill:var(--ok)}.f-none{fill:var(--g3)}
.u-viol{color:var(--o4i)}.u-viol a,.u-viol .u{background:var(--o4)}.u-susp{color:var(--susp)}.u-susp a,.u-susp .u{background:var(--susp-bg);box-shadow:inset 0 0 0 1.5px var(--susp)}.u-info{color:var(--info)}.u-info a,.u-info .u{background:var(--info-bg);box-shadow:inset 0 0 0 1px var(--b2)}.u-ok{color:var(--ok)}.u-ok a,.u-ok .u{background:var(--ok-bg)}.u-exempt{color:var(--exempt)}.u-exempt a,.u-exempt .u{background:var(--exempt-bg)}
.tally{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:1fr 1fr;gap:.15rem 1.4rem;max-width:32rem}.tally li{display:grid;grid-template-columns:minmax(1.4em,auto) 1fr;gap:.4em;align-items:baseline;line-height:1.4}.tally b{font-size:17px}
.tally .viol b{color:var(--viol)}.tally .susp b{color:var(--susp)}.tally .info b{color:var(--info)}.tally .ok b{color:var(--ok)}.tally .exempt b{color:var(--exempt)}.more{font-size:13px;padding-left:1.1rem}
.vchart{margin:0}.chart{width:100%;height:auto;display:block}svg text{font-size:11px;fill:var(--soft)}svg .v{font-weight:650;fill:var(--ink);font-size:12px}svg .q{font-weight:500;fill:var(--susp)}svg .d{fill:var(--ink)}.bl{fill:var(--viol);font-weight:600}.bl.g{fill:var(--soft);font-weight:500}
.grid{stroke:var(--grid)}.axis{stroke:var(--line2)}svg .ban{stroke:var(--viol);stroke-width:1.4}svg .ban.g{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 2}.wkend{fill:var(--g1);opacity:.55}.unobs{fill:var(--g1);background:var(--g1)}
.c-bef{fill:var(--b3);background:var(--b3)}.c-grc{fill:var(--b2);background:var(--b2)}.c-vio{fill:var(--o4);background:var(--o4)}.c-sus{fill:var(--susp-bg);stroke:var(--susp);stroke-width:1.2;background:var(--susp-bg);box-shadow:inset 0 0 0 1.2px var(--susp)}.c-g{fill:var(--g3)}
figcaption{font-size:12px;color:var(--soft);line-height:1.45}.key{margin-right:.9em;white-space:nowrap}.key i,.lg i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:.35em;vertical-align:-1px}
.facts{display:grid;grid-template-columns:repeat(3,1fr);gap:1rem 2rem;margin:1.2rem 0 0;border-top:1px solid var(--line);padding-top:1rem;font-size:13.5px;line-height:1.5}`;

const STRIP = `.heat{border-collapse:separate;border-spacing:2px;width:auto;min-width:100%}.heat td,.heat th{padding:0;vertical-align:middle}.heat thead th{vertical-align:bottom}.heat .c{width:35px;min-width:35px;height:20px;text-align:center;font-size:11.5px;border-radius:2.5px}
.heat th[scope=row]{white-space:nowrap;font-weight:400;padding-right:.6rem}.hb{font:12.5px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;text-decoration:none}.hb:hover{text-decoration:underline}
.hn{font-size:12px;color:var(--ink);margin-left:.6em;display:inline-block;max-width:9rem;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom}.grp{color:var(--soft);font-size:12px;margin-left:.55em;font-weight:400}
.heat .h{font-weight:500;line-height:1.2;padding-bottom:3px;height:auto}.heat abbr{text-decoration:none}.heat .h.we{font-weight:400}.heat .cg{font-size:12px;color:var(--ink);white-space:nowrap;padding-bottom:2px}
.heat .ban{border-left:2px solid var(--viol)}.heat .grc{border-left:2px dashed var(--line2)}.heat .oth.ban{border-left:1px solid var(--line2)}.heat .oth.grc{border-left:0}.heat .sp{width:16px;min-width:16px}.heat .nm{text-align:left;padding-left:.5rem;color:var(--soft);font-size:12px;width:100%;min-width:8rem}
.gr th{padding:.75rem 0 .15rem!important;color:var(--ink);font-weight:600;font-size:13px}.gr .ic{margin-right:.35rem;vertical-align:-1px}.st-viol .gr .ic{color:var(--viol)}.st-susp .gr .ic{color:var(--susp)}.st-info .gr .ic{color:var(--info)}.st-ok .gr .ic{color:var(--ok)}.st-exempt .gr .ic{color:var(--exempt)}
.b1{background:var(--b1)}.b2{background:var(--b2)}.b3{background:var(--b3);color:var(--b3i)}.b4{background:var(--b4);color:var(--b4i)}.o1{background:var(--o1)}.o2{background:var(--o2)}.o3{background:var(--o3);color:var(--o3i)}.o4{background:var(--o4);color:var(--o4i)}.g1{background:var(--g1)}.g2{background:var(--g2)}.g3{background:var(--g3);color:var(--g3i)}.g4{background:var(--g4);color:var(--g4i)}
.s1{background:var(--susp-bg);box-shadow:inset 0 0 0 1.4px var(--susp);color:var(--susp)}.z{color:var(--soft)}.a{background:repeating-linear-gradient(135deg,var(--g1) 0 1.5px,transparent 1.5px 5px)}
.heat tbody tr:hover th[scope=row]{background:var(--info-bg)}.ph{display:none}.legend{margin:.7rem 0 0;max-width:none}.lg{display:inline-block;margin-right:1.1em;white-space:nowrap}.lg .z{text-align:center;line-height:10px;font-style:normal;font-weight:700}.lg i.gg{margin-right:2px}`;

const TABLES = `.cards th[scope=row]{color:var(--ink);white-space:nowrap;font-weight:600;vertical-align:middle}.cards tbody tr{border-top:1px solid var(--line)}.cards td{vertical-align:middle}.cards thead th{padding-bottom:.35rem;font-size:12.5px;font-weight:500}.cards .grp{display:block;margin:0;line-height:1.2;max-width:15rem;overflow:hidden;text-overflow:ellipsis}.spark{display:block}.sn{white-space:nowrap}
thead button{all:unset;cursor:pointer}thead button:hover{text-decoration:underline}thead button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
#telemetry .bars{width:44%;padding-right:1.2rem}#telemetry svg{display:block}.c-mod{fill:var(--model);background:var(--model)}.c-tel{fill:var(--tele);background:var(--tele)}.c-tel2{fill:var(--tele);background:var(--tele);opacity:.38}
.flist{border-top:1px solid var(--line)}.f{border-bottom:1px solid var(--line)}.f summary{display:grid;grid-template-columns:minmax(9.2rem,auto) minmax(10rem,auto) 1fr minmax(4.5rem,auto);gap:.2rem .8rem;align-items:center;padding:.5rem .2rem;cursor:pointer;list-style:none;font-size:14px}.f summary::-webkit-details-marker{display:none}.f summary:hover{background:var(--g1)}
.fs::before{content:"▸";color:var(--soft);font-size:11px;margin-right:.45rem;display:inline-block;width:.7em}.f[open] .fs::before{content:"▾"}.fh{font-size:12.5px;overflow-wrap:anywhere}.fn{display:block}.fc{font-size:12.5px;text-align:right}.f summary:hover .soft{color:var(--ink)}
.fb{padding:.1rem 0 1.1rem 1.4rem;scroll-margin-top:7rem}.kv{display:flex;flex-wrap:wrap;gap:.4rem 2rem;margin:.6rem 0}.kv dd{font-size:13.5px;overflow-wrap:anywhere}
.cps{margin:.7rem 0 0}.cps>p{margin:0}.cpy{position:relative;margin:.35rem 0;font-size:12.5px}.cpy pre{margin:.1rem 0 0;padding:.4rem 4.6rem .4rem .6rem;background:var(--paper);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap}.cpy .btn{position:absolute;right:.4rem;bottom:.35rem;font-size:12px}
.ev{margin:.5rem 0}.ev td,p,dd{overflow-wrap:anywhere}.ev td,.ev th{vertical-align:top;border-top:1px solid var(--line)}.ev thead th{border:0;font-weight:500;font-size:12.5px}.ev tbody th{color:var(--ink)}.ev:not(.nt) td:last-child{width:16rem}.ev tbody th{font-weight:600}.nt tbody th{font-weight:400}.no{font-weight:400;color:var(--susp)}
.ag{display:grid;grid-template-columns:1.2fr 1fr 1.3fr;gap:.4rem 2rem;margin:.8rem 0 0;font-size:13.5px}
.dark{display:block}.dark rect{stroke:var(--paper);stroke-width:1}.p1{fill:var(--g2);background:var(--g2)}.p2{fill:var(--b4);background:var(--b4)}.p3{fill:var(--g1);background:var(--g1)}.p4{fill:var(--ink);background:var(--ink)}.p5{fill:var(--soft);background:var(--soft)}.p6{fill:var(--g3);background:var(--g3)}.p7{fill:var(--susp);background:var(--susp)}.p8{fill:var(--exempt);background:var(--exempt)}
#unseen td,#unseen th[scope=row],#violators td,#violators th[scope=row]{vertical-align:top}.cols{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:1rem 2.4rem;font-size:13.5px}.gloss{columns:2;column-gap:2.4rem;font-size:13.5px;margin:.4rem 0}.gloss div{break-inside:avoid;margin-bottom:.55rem}.gloss dt{color:var(--ink);font-weight:600;font-size:13.5px}`;

const COMPARISON = `.heat .ord{padding:0 .6rem;font-size:12px}.ch{display:block;color:var(--soft);font-size:12px;font-weight:500}#comparison td,#comparison th{vertical-align:top}#comparison thead th{vertical-align:bottom;white-space:normal}.spans{display:grid;gap:.2rem;margin:.4rem 0}.spans div{display:grid;grid-template-columns:4rem 1fr}.limits{margin:.4rem 0 1rem;padding:.5rem .9rem .5rem 1.9rem;border:1px solid var(--susp);border-radius:8px;color:var(--susp);font-size:13.5px;max-width:82ch}`;

const DIAGNOSIS = `.head time,.dg time,.dg .ev td{white-space:nowrap}.act{display:grid;grid-template-columns:8.5rem minmax(0,1fr);gap:.35rem 1rem;margin:.6rem 0 .9rem;font-size:16px}.act dt{font-weight:600}.act dd{margin:0;overflow-wrap:anywhere}.act p{margin:0 0 .2rem}.dg{margin:1.4rem 0 0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.1rem 1.3rem;scroll-margin-top:4rem}.dg h3{font-size:18px;margin:.35rem 0 .1rem}.dg h4{font-size:14px;margin:.2rem 0}.dg ul{margin:.2rem 0;padding-left:1.2rem;font-size:13.5px}.dg .two{display:grid;grid-template-columns:1fr 1fr;gap:.4rem 2rem;margin-top:.8rem}
.chain{list-style:none;display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:1.1rem;padding:0;margin:.9rem 0}.chain li{position:relative;border:1px solid var(--line2);border-radius:8px;padding:.35rem .55rem;font-size:12px;line-height:1.35;overflow-wrap:anywhere}.chain span{display:block}.chain b{font-size:13.5px;display:flex;gap:.35em;align-items:center}.chain li+li::before{content:"→";position:absolute;left:-1rem;top:.4rem;color:var(--soft)}.chain .at{background:var(--viol-bg);border:2px solid var(--viol);color:var(--viol)}
.seq{margin:1rem 0;max-width:600px}.seq figcaption{margin-bottom:.7rem}.seq svg{display:block;width:100%;height:auto}.seq .step{stroke:var(--ink)}.seq .tip{fill:var(--ink)}.seq .lost{stroke:var(--viol);stroke-width:1.6;fill:none}.seq line.lost{stroke-dasharray:4 3}`;

const NARROW = `@media screen and (max-width:860px){.verdict{padding:1.2rem 1.1rem}.vrule,.facts,.cols,.ag{grid-template-columns:minmax(0,1fr)}.gloss{columns:1}.vchart{max-width:470px}.heat .c{width:28px;min-width:28px;font-size:11px}
.f summary{grid-template-columns:1fr auto}.ft{grid-column:1/-1;order:3;padding-left:1.15rem}.fh{text-align:right}.fc{order:4;text-align:left;padding-left:1.15rem}}
@media screen and (max-width:700px){#diagnosis>h1{font-size:22px}.dg{padding:.9rem .8rem}.dg .two,.chain,.act{grid-template-columns:minmax(0,1fr)}.chain li+li::before{content:"↓";left:.9rem;top:-1.15rem}.bar{position:static}.bar>div{padding:.5rem .9rem}.bar nav{flex-basis:100%;gap:.3rem .9rem}.bar nav a{padding:.2rem 0;min-height:24px}main{padding:0 .9rem 2rem}.verdict{margin:0 -.3rem}.vrule h1,.vrule h2{font-size:24px}.tally{grid-template-columns:1fr}.units a,.units .u{width:30px;height:30px}
.heat .c{height:24px;min-width:26px}.heat .hn,.heat .grp,.heat .nm,.heat .sp,.heat .oth{display:none}.heat .only td.oth{display:table-cell}.heat .only td.c:not(.oth){display:none}.ph{display:block;font-size:11px;font-weight:400;color:var(--soft);line-height:1.3}.heat caption{max-width:20rem}.hb{display:inline-block;line-height:24px;min-height:24px}
.cards,.cards tbody,.cards caption{display:block}.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.cards thead:focus-within{position:static;width:auto;height:auto;clip-path:none}.cards thead:focus-within tr{display:flex;flex-wrap:wrap;gap:0 .5rem}.cards thead:focus-within th{padding:.25rem;text-align:left}.cards tbody tr{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:.15rem .6rem;padding:.6rem 0}.cards th[scope=row]{grid-column:1/-1;padding:0 0 .1rem;font-size:14.5px;white-space:normal}.cards .grp{display:inline;margin-left:.5em}
.cards td,.cards td.n+td:not(.n){padding:0;text-align:left!important;white-space:normal;overflow-wrap:anywhere;hyphens:auto;display:flex;gap:.5rem;align-items:baseline}.cards .tag{white-space:normal;overflow-wrap:normal}.cards td[data-l]::before{content:attr(data-l);color:var(--soft);min-width:4.4rem;font-size:12px;flex:none}.cards td.w,.cards td.bars,.cards td.sn{grid-column:1/-1}#telemetry .bars{width:100%}
.ev thead{display:none}.ev tr{display:grid;padding:.4rem 0;border-top:1px solid var(--line)}.ev td,.ev th,.ev td.n{border:0;padding:0;text-align:left}.ev td.n+td:not(.n){padding-left:0}.ev td[data-l]::before{content:attr(data-l);display:inline-block;min-width:5.2rem;padding-right:.5rem;color:var(--soft);font-size:12px}.ev:not(.nt) td:last-child{width:auto}.fb{padding-left:.2rem}}`;

const PRINT = `@page{size:A4;margin:13mm 12mm}
@media print{.chain,.dg .cpb>*,.dg .two,.dg table{break-inside:avoid}.chain{gap:.8rem}.chain li{font-size:7pt;padding:.3rem .35rem}.chain li+li::before{left:-.75rem}.chain b{font-size:8pt}.np,.csv,.cps{display:none!important}.f::details-content{content-visibility:visible}.po{display:block}body{background:#fff;font-size:9.5pt;line-height:1.42;--paper:#fff}.bar nav,.btn,.tools,.skip{display:none!important}.bar{position:static}.bar>div,main,footer{max-width:none;padding-left:0;padding-right:0}.head{padding-top:.6rem}section{margin-top:1.1rem}.verdict{padding:0;border:0}.vrule{break-inside:avoid}.vrule h1,.vrule h2{font-size:20pt}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2,h3,summary,thead,.lead,.gr,caption{break-after:avoid}thead{display:table-header-group}tbody tr:first-child{break-before:avoid}tr,.facts div,figure,.kv,.ag,summary,.lead,.sm,.cols>div,#glossary{break-inside:avoid}footer{break-before:avoid;padding-bottom:0}.f>.fb>p{break-after:avoid}.f{break-inside:avoid}.f:first-of-type{break-before:avoid}.fb{padding:0 0 .5rem .2rem;font-size:8.5pt}.ev td,.ev th{padding:.12rem .4rem .12rem 0}.fs::before{content:""!important;width:0;margin:0}.f summary{padding:.35rem 0 .1rem;font-size:9.5pt;grid-template-columns:minmax(8rem,auto) 9.5rem 1fr minmax(4rem,auto)}
.cards td,.cards th{padding-top:.2rem;padding-bottom:.2rem}#telemetry .bars{width:34%}p{orphans:3;widows:3;margin:.3em 0}.gloss,.cols,.facts,.tally,.cards,.ev,.kv dd,.fb p,.ag{font-size:8.5pt}.kv,.ag,.ev{margin:.25rem 0}.units a{width:20px;height:20px}.scroll{overflow:visible}.heat .c{width:26px;min-width:26px;height:15px;font-size:8pt}.heat .nm,.hb,.hn,.grp{font-size:8pt}a{color:inherit;text-decoration:none}}`;

export const STYLE = `:root{color-scheme:light;${LIGHT}}
@media screen{:root[data-theme=dark]{${DARK_THEME}}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK_THEME}}}
${BASE}
${FRAME}
${VERDICT}
${STRIP}
${TABLES}
${COMPARISON}
${DIAGNOSIS}
${NARROW}
${PRINT}
`;
