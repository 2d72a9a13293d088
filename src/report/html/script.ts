// The script of the page: data. Everything can be read without it; it adds search, filters, sorting, theme and print.

export const SCRIPT = `(function(){'use strict';
var root=document.documentElement,$=function(s){return document.querySelector(s)},all=function(s,e){return [].slice.call((e||document).querySelectorAll(s))};
root.classList.add('js');
var theme=$('#theme');
function isDark(){return root.dataset.theme?root.dataset.theme==='dark':matchMedia('(prefers-color-scheme:dark)').matches}
theme.setAttribute('aria-pressed',isDark());
theme.addEventListener('click',function(){root.dataset.theme=isDark()?'light':'dark';theme.setAttribute('aria-pressed',isDark())});
$('#print').addEventListener('click',function(){print()});
var data=$('#wiretally-data'),json=$('#json');
if(data&&window.DecompressionStream)json.addEventListener('click',function(){var bytes=Uint8Array.from(atob(data.textContent),function(c){return c.charCodeAt(0)});new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text().then(function(text){var a=document.createElement('a');a.href=URL.createObjectURL(new Blob([text],{type:'application/json'}));a.download='wiretally-report.json';a.click()})});else if(json)json.remove();
function bind(){var search=$('#hq'),note=$('#hn');
if(search)search.addEventListener('input',function(){var q=search.value.trim().toLowerCase(),n=0;all('.heat tbody').forEach(function(body){var here=0;all('tr[data-q]',body).forEach(function(row){var ok=!q||row.dataset.q.indexOf(q)>=0;row.classList.toggle('hide',!ok);if(ok)here++});body.classList.toggle('hide',!here);n+=here});note.textContent=q?n+(n===1?' host':' hosts')+' found':''});
all('[data-f]').forEach(function(button){button.addEventListener('click',function(){all('[data-f]').forEach(function(each){each.setAttribute('aria-pressed',each===button)});all('#findings .f').forEach(function(f){f.classList.toggle('hide',!!button.dataset.f&&f.dataset.k!==button.dataset.f)})})});
all('[data-open]').forEach(function(button){button.addEventListener('click',function(){var open=button.getAttribute('aria-pressed')!=='true';all('#'+button.dataset.open+' .f').forEach(function(f){f.open=open});button.setAttribute('aria-pressed',open);button.textContent=open?'Close all':'Open all'})});
all('#tt thead th[data-s]').forEach(function(head){var b=document.createElement('button');b.type='button';b.textContent=head.textContent;head.textContent='';head.appendChild(b);b.addEventListener('click',function(){var i=head.cellIndex,up=head.getAttribute('aria-sort')==='descending',body=$('#tt tbody');all('#tt thead th').forEach(function(x){x.removeAttribute('aria-sort')});head.setAttribute('aria-sort',up?'ascending':'descending');[].slice.call(body.rows).sort(function(a,c){var x=a.cells[i].dataset.v,y=c.cells[i].dataset.v;return (head.dataset.s==='n'?y-x:x<y?1:x>y?-1:0)*(up?-1:1)}).forEach(function(row){body.appendChild(row)})})});}
bind();document.addEventListener('renewed',bind);
function reveal(){var h=location.hash&&document.getElementById(decodeURIComponent(location.hash.slice(1))),f=h&&h.closest('details');if(f){f.open=true;f.classList.remove('hide');f.scrollIntoView({block:'start'})}}
addEventListener('hashchange',reveal);reveal();
var were;addEventListener('beforeprint',function(){were=all('#findings .f').map(function(f){var o=f.open;f.open=true;return o})});addEventListener('afterprint',function(){all('#findings .f').forEach(function(f,i){f.open=were[i]})});
})();`;
