// The script of pages that change: takes what is new when the server says so, and says when it says nothing. A page that
// somebody reads into, or moves through by keyboard, is not changed under the hands: a button offers what is new.

/** Events come every eight seconds at least, see events.ts. */
export const LIVE_SCRIPT = `(function(){'use strict';
var SILENT_MS=25000,RETRY_MS=5000,place=document.getElementById('live'),main=document.getElementById('main');
if(!place||!main||!window.EventSource||main.dataset.still!==undefined)return;
var shown=main.dataset.version,heard=Date.now(),isStale=false,isAsking=false,wanted=null,words=place.textContent,source;
function time(){return new Date().toLocaleTimeString([],{hour:'2-digit',minute:'2-digit',second:'2-digit',hour12:false})}
function say(text){if(place.textContent!==text)place.textContent=text}
function alive(){heard=Date.now();if(isStale){isStale=false;place.classList.remove('susp');if(wanted===null)say(words)}}
function stale(){if(isStale)return;isStale=true;place.classList.add('susp');say('Stale since '+time()+': the server does not answer. Trying again.')}
function isInUse(){var at=document.activeElement;return main.dataset.zooming!==undefined||(at&&at!==main&&main.contains(at))||main.querySelector('details[open]:not([id])')!==null||String(getSelection())!==''}
function offer(){if(place.querySelector('button'))return;var button=document.createElement('button');button.type='button';button.className='btn';button.textContent='Show what is new';button.addEventListener('click',function(){renew()});place.replaceChildren(button)}
function renew(){if(isAsking||wanted===null)return;isAsking=true;var asked=wanted;
fetch(location.pathname+location.search).then(function(answer){if(!answer.ok)throw new Error(String(answer.status));return answer.text()}).then(function(text){
var page=new DOMParser().parseFromString(text,'text/html'),next=page.getElementById('main'),line=page.getElementById('live');
if(!next||!line)throw new Error('no page');
var open=[].slice.call(main.querySelectorAll('details[open][id]')).map(function(each){return each.id});
main.replaceChildren.apply(main,[].slice.call(next.childNodes).map(function(each){return document.adoptNode(each)}));
open.forEach(function(id){var each=document.getElementById(id);if(each)each.open=true});
shown=main.dataset.version=next.dataset.version;words=line.textContent;if(wanted===asked||wanted===shown)wanted=null;
place.classList.remove('susp');say(words);document.dispatchEvent(new Event('renewed'));
}).catch(function(){}).finally(function(){isAsking=false})}
function change(event){alive();if(event.data===shown){wanted=null;return}wanted=event.data;if(isInUse())offer();else renew()}
function listen(){source=new EventSource('/events');source.addEventListener('change',change);source.addEventListener('alive',alive);source.addEventListener('error',stale)}
listen();
setInterval(function(){if(Date.now()-heard>SILENT_MS)stale();if(source.readyState===2)listen();if(wanted!==null&&!isStale&&!isInUse())renew()},RETRY_MS);
})();`;
