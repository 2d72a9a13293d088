// The script of the time axis: draws what a page says of its days, and takes a stretch that is dragged over to the address.

/** Behind uPlot, which it draws with. */
export const ZOOM_SCRIPT = `(function(){'use strict';
var MIN_DRAG_PX=4,HEIGHT_PX=132,chart=null;
function colour(name){return getComputedStyle(document.documentElement).getPropertyValue(name).trim()}
function chosen(first,next){var to=new URLSearchParams(location.search);to.set('since',first);to.set('until',next);to.delete('page');location.assign(location.pathname+'?'+to)}
function draw(){var figure=document.querySelector('[data-zoom]'),main=document.getElementById('main');
if(chart){chart.destroy();chart=null}if(!figure||!main)return;
var data=JSON.parse(figure.dataset.zoom),place=figure.querySelector('.zc'),told=figure.querySelector('output'),last=data.values.length-1;
function part(px){return Math.min(last,Math.max(0,Math.round(chart.posToVal(px,'x'))))}
function say(u){var i=u.cursor.idx,value=i==null?undefined:data.values[i];told.textContent=value===undefined?'':data.labels[i]+': '+(value===null?'not observed':value+' '+(value===1?data.unit:data.units))}
chart=new uPlot({width:place.clientWidth,height:HEIGHT_PX,legend:{show:false},
cursor:{y:false,points:{show:false},drag:{x:true,y:false,setScale:false}},
scales:{x:{time:false,range:[-0.5,last+0.5]},y:{range:function(u,low,high){return [0,Math.max(1,high)]}}},
axes:[{stroke:colour('--soft'),grid:{show:false},ticks:{stroke:colour('--line2')},size:26,incrs:[1,2,5,7,14,28,56,91,182],space:64,values:function(u,at){return at.map(function(i){return data.short[i]||''})}},
{stroke:colour('--soft'),grid:{stroke:colour('--grid'),width:1},ticks:{show:false},size:44,incrs:[1,2,5,10,20,50,100,200,500,1e3,2e3,5e3,1e4,2e4,5e4,1e5,1e6]}],
series:[{},{stroke:colour('--b3'),fill:colour('--b3'),width:0,points:{show:false},paths:uPlot.paths.bars({size:[0.7,48],radius:0})}],
hooks:{setCursor:[say],setSelect:[function(u){if(u.select.width>=MIN_DRAG_PX)chosen(data.starts[part(u.select.left)],data.starts[part(u.select.left+u.select.width)+1])}],
drawClear:[function(u){u.ctx.fillStyle=colour('--g1');data.values.forEach(function(value,i){if(value!==null)return;var from=u.valToPos(i-0.5,'x',true),to=u.valToPos(i+0.5,'x',true);u.ctx.fillRect(from,u.bbox.top,to-from,u.bbox.height)})}]}},
[data.values.map(function(value,i){return i}),data.values],place);
chart.over.addEventListener('mousedown',function(){main.dataset.zooming=''});}
addEventListener('mouseup',function(){var main=document.getElementById('main');if(main)delete main.dataset.zooming});
var timer;addEventListener('resize',function(){clearTimeout(timer);timer=setTimeout(draw,100)});
document.addEventListener('renewed',draw);document.getElementById('theme').addEventListener('click',draw);
matchMedia('(prefers-color-scheme:dark)').addEventListener('change',draw);
draw();
})();`;
