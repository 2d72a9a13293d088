// The script of the page: data. Everything can be read without it; it adds search, filters, sorting, tables as CSV, the data
// of a report, theme and print. What somebody searched, filtered and sorted stands behind the # of the address.

export const SCRIPT = `(function(){'use strict';
var root=document.documentElement,$=function(s){return document.querySelector(s)},all=function(s,e){return [].slice.call((e||document).querySelectorAll(s))};
root.classList.add('js');
var theme=$('#theme');
function isDark(){return root.dataset.theme?root.dataset.theme==='dark':matchMedia('(prefers-color-scheme:dark)').matches}
theme.setAttribute('aria-pressed',isDark());
theme.addEventListener('click',function(){root.dataset.theme=isDark()?'light':'dark';theme.setAttribute('aria-pressed',isDark())});
$('#print').addEventListener('click',function(){print()});
function save(parts,type,name){var a=document.createElement('a');a.href=URL.createObjectURL(new Blob(parts,{type:type}));a.download=name;a.click();setTimeout(function(){URL.revokeObjectURL(a.href)},60000)}
var json=$('#json'),isFile=json!==null,data=all('script.data');
if(data.length&&window.DecompressionStream)json.addEventListener('click',function(){var i=0;json.disabled=true;
var bytes=new ReadableStream({pull:function(to){if(i===data.length)to.close();else to.enqueue(Uint8Array.from(atob(data[i++].textContent),function(c){return c.charCodeAt(0)}))}});
new Response(bytes.pipeThrough(new DecompressionStream('deflate-raw'))).blob().then(function(blob){save([blob],'application/json','wiretally-report.json')}).finally(function(){json.disabled=false})});else if(json)json.remove();
function asked(){return new URLSearchParams(location.hash.indexOf('#?')===0?location.hash.slice(2):'')}
function keep(name,value){if(!isFile)return;var now=asked();if(value)now.set(name,value);else now.delete(name);var text=now.toString();history.replaceState(null,'',text?'#?'+text:location.pathname+location.search)}
function cellText(cell){var clone=cell.cloneNode(true);all('abbr[title]',clone).forEach(function(each){each.textContent=each.title});all('.hn,.grp,.ch,br',clone).forEach(function(each){each.before(' ')});return clone.textContent.replace(/[ \\n]+/g,' ').trim()}
function csvLine(cells){return cells.map(function(text){if(/^[=+\\-@]/.test(text)&&!/^-?[0-9.]+$/.test(text))text="'"+text;return /[",]/.test(text)?'"'+text.replace(/"/g,'""')+'"':text}).join(',')+'\\r\\n'}
function tableCsv(table){var head=table.tHead?table.tHead.rows[table.tHead.rows.length-1]:null,rows=[].slice.call(table.rows).filter(function(row){return row.parentNode!==table.tHead&&!row.classList.contains('gr')&&!row.closest('.hide')});
return (head?[[].slice.call(head.cells).map(function(cell){return (cell.classList.contains('oth')?'other tools, ':'')+cellText(cell)})]:[]).concat(rows.map(function(row){return [].slice.call(row.cells).map(cellText)})).map(csvLine).join('')}
function listCsv(list){return all('.f:not(.hide) summary',list).map(function(line){return csvLine([].slice.call(line.children).map(cellText))}).join('')}
function offer(after,name,text){var p=document.createElement('p'),b=document.createElement('button');b.type='button';b.className='btn csv';b.textContent=name+' as CSV';b.addEventListener('click',function(){save(['\\ufeff'+text()],'text/csv','wiretally.csv')});p.appendChild(b);after.after(p)}
function offerTables(){all('.scroll>table').forEach(function(table){offer(table.parentNode,'This table',function(){return tableCsv(table)})});
all('.flist').forEach(function(list){offer(list,'These lines',function(){return listCsv(list)})});
all('.f').forEach(function(f){f.addEventListener('toggle',function(){if(f.open&&!f.dataset.csv){f.dataset.csv=1;all('table',f).forEach(function(table){offer(table,table.caption.textContent,function(){return tableCsv(table)})})}})})}
function find(q){var n=0,lines=0,fits=function(text){return !q||text.toLowerCase().indexOf(q)>=0};
all('.heat tbody').forEach(function(body){var here=0;all('tr[data-q]',body).forEach(function(row){var ok=fits(row.dataset.q);row.classList.toggle('hide',!ok);if(ok)here++});body.classList.toggle('hide',!here);n+=here});
all('#tt tbody tr,#violators tbody tr,.cmp tbody tr').forEach(function(row){row.classList.toggle('hide',!fits(row.textContent))});
all('.f').forEach(function(f){var ok=fits(f.firstElementChild.textContent+(f.dataset.q||''));f.classList.toggle('miss',!ok);if(ok)lines++});
$('#hn').textContent=q?n+(n===1?' host, ':' hosts, ')+lines+(lines===1?' line':' lines'):''}
function filter(kind){all('[data-f]').forEach(function(each){each.setAttribute('aria-pressed',each.dataset.f===kind)});all('#findings .f').forEach(function(f){f.classList.toggle('hide',!!kind&&f.dataset.k!==kind)})}
function sortTools(name,up){var heads=all('#tt thead th'),head=heads.filter(function(each){return each.dataset.s&&each.textContent===name})[0],body=$('#tt tbody');if(!head)return;var i=head.cellIndex;
heads.forEach(function(each){each.removeAttribute('aria-sort')});head.setAttribute('aria-sort',up?'ascending':'descending');
[].slice.call(body.rows).sort(function(a,c){var x=a.cells[i].dataset.v,y=c.cells[i].dataset.v;return (head.dataset.s==='n'?y-x:x<y?1:x>y?-1:0)*(up?-1:1)}).forEach(function(row){body.appendChild(row)})}
function bind(){var search=$('#hq');
if(search)search.addEventListener('input',function(){var q=search.value.trim().toLowerCase();find(q);keep('q',q)});
all('[data-f]').forEach(function(button){button.addEventListener('click',function(){filter(button.dataset.f);keep('f',button.dataset.f)})});
all('[data-open]').forEach(function(button){button.addEventListener('click',function(){var open=button.getAttribute('aria-pressed')!=='true';all('#'+button.dataset.open+' .f').forEach(function(f){f.open=open});button.setAttribute('aria-pressed',open);button.textContent=open?'Close all':'Open all'})});
all('#tt thead th[data-s]').forEach(function(head){var b=document.createElement('button');b.type='button';b.textContent=head.textContent;head.textContent='';head.appendChild(b);b.addEventListener('click',function(){var up=head.getAttribute('aria-sort')==='descending';sortTools(b.textContent,up);keep('sort',(up?'-':'')+b.textContent)})});}
bind();document.addEventListener('renewed',bind);
function reveal(){var now=asked(),search=$('#hq'),sort=now.get('sort');
if(isFile&&location.hash.indexOf('#?')===0){search.value=now.get('q')||'';find(search.value.toLowerCase());filter(now.get('f')||'');if(sort)sortTools(sort.replace(/^-/,''),sort[0]==='-');return}
var h=location.hash&&document.getElementById(decodeURIComponent(location.hash.slice(1))),f=h&&h.closest('details');if(f){f.open=true;f.classList.remove('hide','miss');f.scrollIntoView({block:'start'})}}
if(isFile)offerTables();addEventListener('hashchange',reveal);reveal();
var were;addEventListener('beforeprint',function(){were=all('#findings .f').map(function(f){var o=f.open;f.open=true;return o})});addEventListener('afterprint',function(){all('#findings .f').forEach(function(f,i){f.open=were[i]})});
})();`;
