/*! Belfry, Apache-2.0. Contains Lit, Copyright (c) 2017 Google LLC, BSD-3-Clause. */
function e(e,t,n=0){return n+t*Math.min(3e4,500*2**(e-1))}var t=new Set([`rate_limited`,`too_many_sessions`,`unavailable`,`outcome_unknown`,`draining`,`stalled`,`internal`]),n=e=>t.has(e),r=(e,t)=>e>=4e3&&t?t:e>=4100&&e<4200?`malformed`:`unavailable`,i=class extends Error{code;name=`BelfryError`;fields=[];retryAfter=0;status=0;requestId;told=!1;constructor(e,t,n={}){super(t),this.code=e,Object.assign(this,n)}},a=12e3,o=5e3,s=1e4,c=3e4,l=18e5;function u(e,t){return{connection:{status:`idle`},transports:e,step:0,renewable:t,renewed:!1,failures:0,misses:0,climbAt:1/0,climbs:0,openedAt:0,heartbeat:25e3,heardAt:0,pingAt:1/0,deadAt:1/0,notBefore:0}}function d({connection:e,deadAt:t,pingAt:n,climbAt:r}){return e.status===`waiting`?e.retryAt:e.status===`connecting`?t:e.status===`open`?Math.min(n,t,r):1/0}function f(e,t,n){let[r,...i]=p(e,t,n);return{machine:r,effects:i}}function p(e,t,n){let{status:r}=e.connection,i=r===`connecting`||r===`open`;switch(t.type){case`connect`:return r===`idle`||r===`stopped`?m({...e,failures:0,misses:0,renewed:!1},n):re(e,`wake`,n);case`disconnect`:return[{...e,connection:{status:`idle`}},{type:`hangup`}];case`opened`:return i?[ee(e,t.heartbeat,n)]:[e];case`live`:return e.connection.status===`open`?[{...te(e,n),connection:{...e.connection,live:!0}}]:[e];case`heard`:return[te(e,n)];case`lost`:return i?ie(e,t.error,n):[e];case`reopen`:return i?h(e,n):[e];case`tick`:return ne(e,n);default:return re(e,t.type,n)}}function m(e,{now:t},n=!1){let r=e.transports[e.step];return[{...e,connection:{status:`connecting`,transport:r},deadAt:t+a},{type:`dial`,transport:r,renew:n}]}function h(e,t){let[n,...r]=m(e,t);return[n,{type:`hangup`},...r]}function ee(e,t,n){let r=e.transports[e.step],i=e.step===0;return te({...e,connection:{status:`open`,transport:r,live:!1},heartbeat:t,openedAt:n.now,misses:0,renewed:!1,climbs:i?0:e.climbs,climbAt:i?1/0:n.now+Math.min(l,c*2**e.climbs)},n)}function te(e,{now:t}){return e.connection.status===`open`?{...e,heardAt:t,pingAt:t+e.heartbeat,deadAt:t+2*e.heartbeat}:e}function ne(e,t){let{now:n}=t,{status:r}=e.connection;if(n<d(e))return[e];if(r===`waiting`)return m(e,t,e.renewed);if(n>=e.deadAt){let[n,...r]=ie(e,new i(`stalled`,`nothing was heard`),t);return[n,{type:`hangup`},...r]}return n>=e.climbAt?h({...e,step:0,climbs:e.climbs+1,misses:1,failures:0},t):[{...e,pingAt:1/0},{type:`ping`}]}function re(e,t,n){let{connection:r}=e;if(r.status===`waiting`)return n.now>=e.notBefore?m({...e,step:0,misses:0},n,e.renewed):[{...e,connection:{...r,retryAt:e.notBefore}}];if(r.status!==`open`)return[e];let i=n.now-e.heardAt;return r.transport===`websocket`?i<1e3?[e]:[{...e,pingAt:1/0,deadAt:Math.min(e.deadAt,n.now+o)},{type:`ping`}]:t===`online`||i>e.heartbeat?h(e,n):[e]}function ie(t,r,i){let{code:a,retryAfter:o}=r,c=t.renewable&&!t.renewed&&(a===`token_expired`||a===`unauthorized`);if(!c&&r.told&&!n(a))return[{...t,connection:{status:`stopped`,code:a,reason:r}}];let l=t.connection.status===`open`,u=l&&i.now-t.openedAt>=s?1:t.failures+1,d=i.now+e(u,i.random,o),f={...t,connection:{status:`waiting`,retryAt:d,reason:r},failures:u,renewed:c,notBefore:i.now+o};return[l||r.told?f:ae(f)]}function ae(e){let t=e.misses+1;return t<(e.step===0?2:1)?{...e,misses:t}:{...e,misses:0,step:(e.step+1)%e.transports.length}}function g(e,t,n={}){let r=new URLSearchParams;for(let[e,t]of Object.entries(n))(t||t===0)&&r.set(e,`${t}`);return e+t+(`${r}`&&`?${r}`)}var oe=({cursor:e,topics:t,items:n,filter:r})=>({cursor:e,topics:t.join(),items:n,filter:r}),se=e=>({Authorization:`Bearer ${e}`});function ce(e,t){let n=new AbortController;return t(n.signal).catch(v).then(t=>n.signal.aborted||e.closed(t)),{send:()=>!1,close:()=>n.abort()}}async function le(e){let{status:t}=e,n=Number(e.headers.get(`Retry-After`))*1e3||0,{code:r,detail:a=r,errors:o=[],requestId:s}=await e.json().catch(()=>({}));return r?new i(r,a,{status:t,retryAfter:n,told:!0,fields:o,requestId:s}):new i(`unavailable`,`the answer, ${t}, is not Belfry's`,{status:t,retryAfter:n})}var _=(e,t=`connection closed: ${e}`,n=0)=>new i(e,t,{told:!0,retryAfter:n}),v=e=>new i(`unavailable`,`the server cannot be reached`,{cause:e}),ue=(e,t,n)=>ce(n,r=>fe(e,t,n,r)),de=30;async function fe(e,t,n,r){let i=se(t.token),{cursor:a}=t,o=!1;for(let s=!0;;s=!1){let c={...oe({...t,cursor:a}),wait:`${o?de:0}s`},l=await e.fetch(g(e.url,`/v1/changes`,c),{headers:i,signal:r,cache:`no-store`});if(!l.ok)return le(l);let u=await l.json();if(r.aborted)return v();a=u.cursor,n.heard(),s&&n.opened(de);for(let e of u.frames.length?u.frames:[{type:`live`,cursor:a}])e.type===`welcome`&&!e.resumed&&!s&&(o=!1,n.opened(de)),(!o||e.type!==`welcome`&&e.type!==`live`)&&n.frame(e),o||=e.type===`live`;n.frame({type:`pong`,cursor:a})}}var pe=(e,t,n)=>ce(n,r=>me(e,t,n,r));async function me(e,t,n,r){let i={Accept:`text/event-stream`,...se(t.token)},a=await e.fetch(g(e.url,`/v1/stream`,oe(t)),{headers:i,signal:r,cache:`no-store`});if(!a.ok||!a.body)return le(a);let o=a.body.getReader(),s=new TextDecoder,c=v(),l=he((e,t)=>{if(r.aborted)return;if(!t)return e&&n.frame({type:`pong`,cursor:e});let i=JSON.parse(t);i.type===`bye`&&(c=_(i.code,void 0,i.retryAfter)),i.type===`welcome`&&n.opened(i.heartbeat),n.frame(i)});for(;;){let{done:e,value:t}=await o.read();if(e||r.aborted)return c;n.heard(),l(s.decode(t,{stream:!0}))}}function he(e){let t=``,n=``,r=[],i=t=>{let[,i,a=``]=/^([^:]*):? ?(.*)$/s.exec(t);i===`id`?n=a:i===`data`?r.push(a):t||(e(n,r.join(`
`)),[n,r]=[``,[]])};return e=>{let n=(t+e).split(`
`);t=n.pop();for(let e of n)i(e.replace(/\r$/,``))}}var ge={websocket:({url:e,WebSocket:t},n,a)=>{let o=new t(g(e,`/v1/ws`).replace(/^http/,`ws`)),s,c=!1;return o.onopen=()=>o.send(JSON.stringify({type:`auth`,...n,client:`belfry-js`})),o.onmessage=({data:e})=>{if(c)return;let t=JSON.parse(e);a.heard(),s=t.type===`bye`?_(t.code,s?.message,t.retryAfter):t.type===`error`&&!t.ref?_(t.code,t.detail):void 0,t.type===`welcome`&&a.opened(t.heartbeat),a.frame(t)},o.onerror=()=>{},o.onclose=({code:e,reason:t})=>{if(c)return;let n=e!==1005&&e!==1006;a.closed(s??new i(r(e,t),`connection closed: ${t||e}`,{told:n}))},{send(e){let t=o.readyState===1;return t&&o.send(JSON.stringify(e)),t},close(){c=!0,o.close()}}},sse:pe,poll:ue},_e=1e4;function ve(e,t,n,r){let a=u(r,t.renewable),o,s=0,c,l=1/0,p=e=>{let t=a.connection,{machine:r,effects:i}=f(a,e,{now:Date.now(),random:Math.random()});a=r,i.forEach(h),te(),a.connection!==t&&n.changed(a.connection,t)},m=e=>a.connection.status===`open`&&!!o?.send(e),h=e=>{if(e.type===`ping`)return void m({type:`ping`});s++,o?.close(),o=void 0,e.type===`dial`&&ee(e.transport,e.renew,s)},ee=async(r,a,c)=>{let l=e=>(...t)=>{c===s&&e(...t)},u=l(e=>p({type:`lost`,error:e})),d={closed:u,opened:l(e=>p({type:`opened`,heartbeat:e*1e3})),heard:l(()=>p({type:`heard`})),frame:l(e=>{n.frame(e),e.type===`live`&&p({type:`live`})})};try{let i=await t.get(a);c===s&&(o=ge[r](e,n.opening(i),d))}catch(e){u(e instanceof i?e:new i(`unavailable`,`no token or address`,{cause:e,told:!0}))}},te=()=>{let e=d(a),t=e===1/0?e:Math.min(e,Date.now()+_e);l<=t&&t!==1/0||(clearTimeout(c),l=t,t!==1/0&&(c=setTimeout(()=>{l=1/0,p({type:`tick`})},t-Date.now())))};return{connection:()=>a.connection,input:p,send:m}}var ye=class{#e=new Map;on(e,t){let n=this.#e.get(e)??new Set;return this.#e.set(e,n.add(t)),()=>void n.delete(t)}tell(e,...t){let n=this.#e.get(e);for(let e of[...n??[]])be(()=>e(...t));return!!n?.size}};function be(e){try{e()}catch(e){queueMicrotask(()=>{throw e})}}var xe=(e,t)=>(e<t)-+(e>t),y=(e,t)=>xe(e.deliveredAt,t.deliveredAt)||xe(e.id,t.id),b=e=>!(`user`in e.to);function Se({upTo:e},t,n,r=0){return n<=(t?e.s:e.p)&&r<=e.p}function Ce(e,t,n,r){for(let i of[...e].sort((e,t)=>e.receiptRev-t.receiptRev))Se(i,t,n,r.receiptRev)&&(r=De(r,i.action,i.at));return r}function we(e,t){let n=e.find(e=>e.action===t.action);if(!n)return[...e,t];if(t.upTo.p<=n.upTo.p&&t.upTo.s<=n.upTo.s)return e;let r={p:Math.max(t.upTo.p,n.upTo.p),s:Math.max(t.upTo.s,n.upTo.s)};return e.map(e=>e===n?{...t,upTo:r}:e)}function Te(e){let t=e.deletedAt||e.archivedAt||e.snoozedUntil||e.readAt?0:1;return{unread:t,unseen:e.seenAt?0:t}}function Ee(e,t){return t.deletedAt?!1:e===`archived`?!!t.archivedAt:t.archivedAt?!1:e===`snoozed`?!!t.snoozedUntil:!t.snoozedUntil&&!(e===`unread`&&t.readAt)}function De(e,t,n,r){switch(t){case`seen`:return e.seenAt?e:{...e,seenAt:n};case`read`:return e.readAt?e:{...e,seenAt:e.seenAt??n,readAt:n};case`unread`:return e.readAt?Oe(e,`readAt`):e;case`archive`:return e.archivedAt?e:{...e,archivedAt:n};case`unarchive`:return e.archivedAt?Oe(e,`archivedAt`):e;case`snooze`:return e.snoozedUntil===r?e:{...e,snoozedUntil:r};case`unsnooze`:return e.snoozedUntil?{...Oe(e,`snoozedUntil`,`readAt`,`seenAt`),deliveredAt:n}:e;case`delete`:return e.deletedAt?e:{...e,deletedAt:n}}}function Oe(e,...t){let n={...e};for(let e of t)delete n[e];return n}var x={deliveredAt:``,id:``},ke=100,Ae=300,je={status:`ready`,error:void 0},Me=class{store;query;#e=new Set;#t;#n={status:`pending`,error:void 0};#r;#i;#a;#o;#s;constructor(e,t,n,r){this.store=e,this.query=t,this.#s=n,r&&(this.#d(r),this.#n=je),e.onChange(()=>this.#p())}getSnapshot=()=>this.#t??=this.#m();subscribe=e=>(this.#e.add(e),this.#n.status===`pending`&&!this.awaited&&this.#c(),be(()=>e(this.getSnapshot())),()=>void this.#e.delete(e));get items(){return this.getSnapshot().items}get counts(){return this.getSnapshot().counts}loadMore(){return this.#r===x?Promise.resolve():this.#c()}awaited=!1;filled(e,t){this.#r=e.length<t?x:e.at(-1),this.#i=void 0,this.#f(je)}restart(){this.#r=this.#i=void 0,this.#f({status:`pending`,error:void 0}),this.#e.size&&this.#c()}missing(e){!this.#r||!Ee(this.query.filter??``,e)||this.#o||(this.#o=setTimeout(()=>{this.#o=void 0,this.#c(this.#r)},Ae))}retry(){this.#n.status===`failed`&&this.#c()}#c(e){return this.#a??=this.#l(e).finally(()=>this.#a=void 0)}async#l(e){this.#f({status:`loading`,error:void 0});try{let t=e??this.#r,n=e?void 0:this.#i;for(let r=!0;r;){let i=t&&!n?ke:this.#s,a=await this.store.fetch(this.#u(n,i));if(!a){n=void 0;continue}n=a.next;let o=n?a.items.at(-1)??x:x;(!this.#r||y(this.#r,o)<0)&&this.#d(a),r=o!==x&&!!t&&(e?y(o,t)<0:y(t,o)>=0)}this.#f(je)}catch(e){this.#f({status:`failed`,error:e})}}#u(e,t){let{filter:n,types:r,topic:i,group:a}=this.query;return this.store.rest(`GET`,`/v1/inbox`,{query:{filter:n,type:r?.join(),topic:i,group:a,after:e,limit:t}})}#d(e){this.#i=e.next,this.#r=e.next?e.items.at(-1)??x:x}#f(e){this.#n=e,this.#p()}#p(){this.#t=void 0;for(let e of[...this.#e])be(()=>e(this.getSnapshot()))}#m(){let e=this.#r,{store:t}=this;return{items:e?t.items.filter(t=>y(t,e)<=0&&this.#h(t)):[],counts:t.counts,hasMore:e!==x,...this.#n}}#h(e){let{filter:t=``,types:n,topic:r,group:i}=this.query;return(r?`topic`in e.to&&e.to.topic===r:e.inbox!==!1)&&Ee(t,e)&&(!n||n.includes(e.type))&&(!i||e.group===i)}},Ne=class extends Me{#e=new Map;#t;constructor(e,t,n,r){super(e,t,n,r),this.#t=n,this.awaited=!r,this.#e.set(Pe(t),this)}view(e){let t=Pe(e),n=this.#e.get(t);return n||this.#e.set(t,n=new Me(this.store,e,this.#t)),n}countsOf(e){return this.store.rest(`GET`,`/v1/counts`,{query:{type:e.join()}})}markSeen=e=>this.store.mark(`seen`,e);markRead=e=>this.store.mark(`read`,e);markUnread=e=>this.store.mark(`unread`,e);archive=e=>this.store.mark(`archive`,e);unarchive=e=>this.store.mark(`unarchive`,e);delete=e=>this.store.mark(`delete`,e);snooze=(e,t)=>this.store.mark(`snooze`,e,new Date(t).toISOString());unsnooze=e=>this.store.mark(`unsnooze`,e);markAllSeen=()=>this.markSeen({all:!0});markAllRead=()=>this.markRead({all:!0});archiveAll=()=>this.archive({all:!0});deleteAll=()=>this.delete({all:!0});welcomed(e){for(let t of this.#e.values())t===this?t.filled(e,this.#t):t.restart()}look(e){for(let t of e)t.kind===`missing`&&this.#n(e=>e.missing(t.receipt))}resume(){this.store.poke(),this.#n(e=>e.retry())}#n(e){for(let t of this.#e.values())e(t)}},Pe=({filter:e,types:t,topic:n,group:r})=>JSON.stringify([e||0,t,n,r]),Fe={items:new Map,watermarks:[],follows:new Set,caughtUp:{p:0,s:0},told:new Map};function Ie(e,t){let n=ze(e);return He(n,t),`cursor`in t&&(n.next.cursor=t.cursor),{replica:n.next,changes:n.changes}}function Le(e,t,n){let r=ze({...Fe,items:new Map(t.map(e=>[e.id,e]))});for(let e of n){if(e.type===`welcome`&&!e.resumed)return;He(r,e)}let i=ze(e);for(let{id:e}of t){let t=r.next.items.get(e);t&&S(i,t)}return i.next}function Re(e){let{items:t,counts:n,cursor:r}=e;return{...Fe,cursor:r,items:new Map(t.map(e=>[e.id,e])),counts:n,countsCursor:r,caughtUp:n}}var ze=e=>({next:{...e},copied:!1,changes:[]});function Be(e){return e.copied||(e.next.items=new Map(e.next.items)),e.copied=!0,e.next.items}var Ve={welcome(e,t){t.resumed||Ue(e,t),e.next.follows=new Set(t.follows.map(e=>e.topic))},notification(e,t){We(e,t.item,t.op),Ke(e,t.item,t.cursor)},receipts(e,t){if(!t.all)return t.items.forEach(t=>Ze(e,t));e.next.watermarks=we(e.next.watermarks,t);for(let t of e.next.items.values())S(e,t,`updated`);t.action===`archive`&&e.changes.push({kind:`missing`,receipt:{archivedAt:t.at}})},follow(e,t){let n=new Set(e.next.follows);t.from===null?n.delete(t.topic):n.add(t.topic),e.next.follows=n,qe(e,t.topic,new Set(t.items.map(e=>e.id)));for(let n of t.items)We(e,n)},trim:(e,t)=>Je(e,t.born),counts(e,t){e.next.counts=e.next.caughtUp=t.counts,e.next.owed=!1,e.next.told=new Map,e.next.countsCursor=t.cursor}};function He(e,t){let n=Ve[t.type];n&&(e.next.owed||=!Ge(t),n(e,t))}function Ue(e,t){e.next.cursor&&e.changes.push({kind:`reset`}),e.next={...Re({...t,items:[]}),watermarks:t.watermarks},e.copied=!1;for(let n of t.items)S(e,n)}function We(e,t,n){let r=e.next.items.get(t.id);if(n===`removed`)return r&&r.born<=t.born?Xe(e,r):void 0;let{caughtUp:i,told:a}=e.next,o=t.born>(b(t)?i.s:i.p)&&a.get(t.id)!==t.born;o&&(e.next.told=new Map(a).set(t.id,t.born)),S(e,t,o?`created`:`updated`)}var Ge=e=>e.type===`notification`&&e.op===`created`&&b(e.item)&&!e.item.receiptRev&&!!Te(e.item).unseen;function Ke(e,t,n){let{counts:r,follows:i,owed:a}=e.next,o=!(`topic`in t.to)||i.has(t.to.topic);!r||a||!o||t.rev<=r.s||(e.next.counts={...r,unread:r.unread+1,unseen:r.unseen+1,s:t.rev},e.next.countsCursor=n)}function qe(e,t,n){Ye(e,e=>`topic`in e.to&&e.to.topic===t&&!n?.has(e.id))}function Je(e,t){`s`in t?Ye(e,e=>b(e)&&e.born<=t.s):Ye(e,e=>!b(e)&&e.born<=t.p)}function Ye(e,t){for(let n of e.next.items.values())t(n)&&Xe(e,n)}function Xe(e,t){Be(e).delete(t.id),e.changes.push({kind:`removed`,item:t})}function S(e,t,n){let r=e.next.items.get(t.id);if(r&&r.born>t.born)return;let i=t;if(r&&r!==t&&r.born===t.born){let e=t.rev>=r.rev?t:r,n=(t.receiptRev??0)>=(r.receiptRev??0)?t:r;i=e===n?e:$e(e,n)}if(i.inbox!==!1&&(i=Ce(e.next.watermarks,b(i),i.born,i)),i.deletedAt)return r&&Xe(e,r);i!==r&&(Be(e).set(i.id,i),n&&e.changes.push({kind:n,item:i}))}function Ze(e,t){let n=e.next.items.get(t.id);if(!n)return void e.changes.push({kind:`missing`,receipt:t});let{receiptRev:r=0}=t;!(!b(n)&&r<n.born)&&r>=(n.receiptRev??0)&&S(e,$e(n,t),`updated`)}var Qe=[`receiptRev`,`seenAt`,`readAt`,`archivedAt`,`snoozedUntil`];function $e(e,t){let n={...e};for(let e of Qe)t[e]?n[e]=t[e]:delete n[e];return t.deliveredAt&&(n.deliveredAt=t.deliveredAt),n}function et(e){let t=new Map,n=0;return{ask:r=>new Promise((a,o)=>{let s=`${++n}`;e({...r,ref:s})?t.set(s,{resolve:a,reject:o}):o(new i(`unavailable`,`this needs an open WebSocket`))}),take(e){let{ref:n=``}=e,r=t.get(n);t.delete(n),e.type===`error`?r?.reject(_(e.code,e.detail)):r?.resolve(e)},lost(){for(let{reject:e}of t.values())e(new i(`outcome_unknown`,`connection lost before the answer`));t.clear()}}}function tt(e,t){let n=async(n,r,a)=>{try{let i={...se(await t.get(a)),...!!r.body&&{"Content-Type":`application/json`}};return await e.fetch(n,{...r,headers:i,cache:`no-store`})}catch(e){throw e instanceof i?e:v(e)}};return async(r,i,{query:a,body:o}={})=>{let s=g(e.url,i,a),c={method:r,keepalive:!!o,body:o?JSON.stringify(o):null},l=await n(s,c,!1);if(l.status===401&&t.renewable&&(l=await n(s,c,!0)),!l.ok)throw await le(l);if(l.status!==204)return l.json().catch(e=>Promise.reject(v(e)))}}var nt={unread:0,unseen:0},rt=e=>({unread:e(`unread`),unseen:e(`unseen`)});function it(e,t,n,r,i,a){let o=typeof i==`string`?[i]:Array.isArray(i)?i:void 0,s={action:r,until:a,...o?{ids:o,upTo:e.cursor}:{...i,upTo:e.countsCursor}},c=o?void 0:e.counts??{p:1/0,s:1/0},l={mark:s,at:new Date().toISOString(),upTo:c,delta:nt},[u,d]=[ot(t),ot(t.map(e=>st(e,[l])))],f=rt(e=>d[e]-u[e]-(!at(s)||e===`unread`&&r===`seen`?0:n[e]-u[e]));return{...l,delta:f}}var at=e=>!!e.all&&!e.type&&!e.topic,ot=e=>rt(t=>e.reduce((e,n)=>e+(n.inbox===!1?0:Te(n)[t]),0));function st(e,t){for(let{mark:n,at:r,upTo:i}of t)ct(n,i,e)&&(e=De(e,n.action,r,n.until));return e}function ct(e,t,n){return t?n.inbox===!1||n.born>(b(n)?t.s:t.p)||e.type&&e.type!==n.type||e.topic&&!(`topic`in n.to&&n.to.topic===e.topic)?!1:e.entity?e.entity.type===n.entity?.type&&e.entity.id===n.entity.id:!!e.all||e.group===n.group:!!e.ids?.includes(n.id)}function lt({items:e,watermarks:t},n){let{mark:r,upTo:i}=n;return at(r)?t.some(e=>e.action===r.action&&i&&e.upTo.p>=i.p&&e.upTo.s>=i.s):[...e.values()].every(e=>st(e,[n])===e)}function ut(t){let r=[],i=!1,a=0,o,s=async({mark:i,stored:o,settle:s})=>{try{let e=await t(`POST`,`/v1/inbox/marks`,{body:i});if(a=0,o(e.counts.p),e.more)return 0;s(e)}catch(t){let r=t;if(n(r.code))return e(++a,Math.random(),r.retryAfter);s(r)}return r.shift(),0},c=async()=>{if(clearTimeout(o),o=void 0,i||!r[0])return;i=!0;let e=await s(r[0]);i=!1,e?o=setTimeout(c,e):c()};return{poke:c,add(e){r.push(e),o||c()}}}var dt=class{rest;#e;#t=[];#n;#r=new Set;#i;#a=new ye;constructor(e,t=Fe){this.rest=e,this.#e=t,this.#n=ut(e)}get cursor(){return this.#e.cursor}get items(){return this.#s.items}get counts(){return this.#s.counts}onChange(e){return this.#a.on(`change`,e)}take(e){for(let t of this.#r)t.push(e);let{replica:t,changes:n}=Ie(this.#e,e);return this.#o(t,this.#t),n}async fetch(e){let t=[];this.#r.add(t);try{let n=await e,r=Le(this.#e,n.items,t);if(!r)return!1;let{counts:i=n.counts,countsCursor:a=n.cursor}=r;return this.#o({...r,counts:i,countsCursor:a},this.#t),n}finally{this.#r.delete(t)}}forget(e){let t=[...this.#e.items].filter(([,t])=>t.inbox!==!1||!(`topic`in t.to&&t.to.topic===e));this.#o({...this.#e,items:new Map(t)},this.#t)}mark(e,t,n){let r=it(this.#e,this.items,this.counts,e,t,n),{mark:a}=r,o=e=>this.#o(this.#e,this.#t.flatMap(t=>t.mark===a?e(t):t));return this.#o(this.#e,[...this.#t,r]),new Promise((e,t)=>{this.#n.add({mark:a,stored:e=>o(t=>[{...t,stored:e}]),settle:n=>{if(!(n instanceof i))return e(n);o(()=>[]),t(n)}})})}poke(){this.#n.poke()}#o(e,t){let n=e.counts;if(t.length&&n){let r=e.caughtUp!==this.#e.caughtUp;t=t.filter(({stored:e=1/0})=>e>n.p).map(t=>r&&lt(e,t)?{...t,delta:nt}:t)}let r=e.items===this.#e.items&&n===this.#e.counts&&t===this.#t;this.#e=e,this.#t=t,r||(this.#i=void 0,this.#a.tell(`change`))}get#s(){return this.#i??=this.#c()}#c(){let[{items:e,counts:t=nt},n]=[this.#e,this.#t];return{items:[...e.values()].map(e=>st(e,n)).sort(y),counts:rt(e=>Math.max(0,n.reduce((t,n)=>t+n.delta[e],t[e])))}}};function ft(){let e=globalThis.navigator?.locks,t=!e,n=new AbortController,r=()=>{t=!e,n.abort()};return{held:()=>t,leave:r,enter(i){r();let{signal:a}=n=new AbortController;e?.request(i,{signal:a},()=>(t=!0,new Promise(e=>a.addEventListener(`abort`,e)))).catch(()=>{}),globalThis.addEventListener?.(`pagehide`,r,{signal:a})}}}function pt(e){let t,n=async()=>{try{return await(typeof e==`string`?e:e())}catch(e){throw t=void 0,e}};return{renewable:typeof e!=`string`,get:e=>e||!t?t=n():t}}function mt(e,t){let n=ht(e)-t;if(n>0)return Math.min(n-Math.min(6e4,n/10),2**31-1)}function ht(e){try{let t=e.split(`.`)[1].replace(/-/g,`+`).replace(/_/g,`/`);return JSON.parse(atob(t)).exp*1e3}catch{return NaN}}function gt(e){let t=new AbortController,n=(e,n,r)=>e?.addEventListener?.(n,r,{signal:t.signal});return n(globalThis,`online`,()=>e(`online`)),n(globalThis,`pageshow`,t=>t.persisted&&e(`online`)),n(globalThis.document,`visibilitychange`,()=>document.hidden||e(`wake`)),()=>t.abort()}var _t=3e3,vt=class{inbox;#e=new ye;#t;#n=et(e=>this.#t.send(e));#r;#i;#a;#o=ft();#s;#c;#l=[];#u;#d;#f;#p=new Map;#m;#h;constructor(e){let{url:t,getToken:n,topics:r=[],items:a=20,filter:o=``,transport:s=`auto`,initial:c,...l}=e,u=n??e.token;if(!u)throw new i(`invalid`,`token or getToken is missing`);this.#a=pt(u),this.#h=yt(t);let d={url:this.#h,fetch:l.fetch??((...e)=>fetch(...e)),WebSocket:l.WebSocket??globalThis.WebSocket};this.#s=new Map(r.map(e=>[e,1])),this.#r=tt(d,this.#a),this.#i=new dt(this.#r,c&&Re(c)),this.inbox=new Ne(this.#i,{filter:o},a,c),this.#u=this.#i.counts,this.#i.onChange(()=>this.#b());let f=d.WebSocket?[`websocket`,`sse`,`poll`]:[`sse`,`poll`],p={opening:e=>this.#g({token:e,items:a,filter:o}),frame:this.#_,changed:this.#S};this.#t=ve(d,this.#a,p,s===`auto`?f:[s])}get connection(){return this.#t.connection()}get user(){return this.#m}get cursor(){return this.#i.cursor}connect(){this.#f||this.#E(),this.#f??=gt(e=>{this.#t.input({type:e}),e===`online`&&this.#E()}),this.#t.input({type:`connect`})}disconnect(){this.#f?.(),this.#f=void 0,this.#o.leave(),this.#t.input({type:`disconnect`})}on(e,t){return this.#e.on(e,t)}follow(e){return this.#r(`PUT`,`/v1/inbox/topics/${encodeURIComponent(e)}`)}unfollow(e){return this.#r(`DELETE`,`/v1/inbox/topics/${encodeURIComponent(e)}`)}subscribe(e){let t=this.#s.get(e)??0;this.#s.set(e,t+1),t||this.#C();let n=!1;return()=>{n||this.unsubscribe(e),n=!0}}unsubscribe(e){let t=this.#s.get(e)??0;if(t>1)return void this.#s.set(e,t-1);this.#s.delete(e),this.#i.forget(e),this.#C()}async signal(e,t,n){await this.#n.ask({type:`signal`,to:e,name:t,data:n})}typing(e){let t=Date.now();t-(this.#p.get(e)??0)<_t||this.connection.status!==`open`||(this.#p.set(e,t),this.signal(`topic:${e}`,`typing`).catch(this.#x))}async publish(e){return this.#n.ask({type:`publish`,notification:e})}#g(e){return this.#c={...e,cursor:this.#i.cursor,topics:[...this.#s.keys()]}}#_=e=>{this.#n.take(e);let t=this.#i.take(e);e.type===`welcome`&&(e.resumed||this.inbox.welcomed(e.items),e.user!==this.#m&&this.#E(this.#m=e.user));for(let e of t)this.#v(e);this.inbox.look(t),e.type===`signal`&&this.#e.tell(`signal`,e),e.type===`error`&&!e.ref&&this.connection.status===`open`&&this.#x(_(e.code,e.detail)),e.type===`live`&&this.#y()};#v(e){if(e.kind===`missing`)return;if(e.kind===`reset`){this.#l=[],this.#e.tell(`reset`);return}let t=e.item;if(e.kind!==`created`)return void this.#e.tell(e.kind,t);let{connection:n}=this,r=n.status===`open`&&n.live;r||this.#l.push(t),this.#e.tell(`notification`,t,{live:r,alert:r&&!t.silent&&this.#o.held()})}#y(){let e=new Set(this.#i.items.filter(e=>e.inbox!==!1&&!e.silent&&!e.seenAt).map(e=>e.id)),t=this.#l.filter(t=>e.has(t.id));this.#l=[],t.length&&this.#e.tell(`summary`,t,{alert:this.#o.held()})}#b(){let{counts:e}=this.#i;(e.unread!==this.#u.unread||e.unseen!==this.#u.unseen)&&(this.#u=e,this.#e.tell(`counts`,e))}#x=e=>{e.code!==`outcome_unknown`&&!this.#e.tell(`error`,e)&&console.error(e)};#S=(e,t)=>{e.status===`open`?t.status!==`open`&&(this.#C(),this.inbox.resume(),this.#w(this.#c?.token)):(this.#n.lost(),clearTimeout(this.#d)),this.#e.tell(`connection`,e)};#C(){if(this.connection.status!==`open`||!this.#c)return;let{topics:e}=this.#c,t=[...this.#s.keys()],n=t.filter(t=>!e.includes(t)),r=e.filter(e=>!this.#s.has(e));if(this.#c={...this.#c,topics:t},n.length||r.length){if(this.connection.transport!==`websocket`)return this.#t.input({type:`reopen`});for(let e of n)this.#n.ask({type:`subscribe`,topic:e}).catch(t=>{t.told&&this.#s.delete(e),this.#x(t)});for(let e of r)this.#n.ask({type:`unsubscribe`,topic:e}).catch(this.#x)}}#w=e=>{clearTimeout(this.#d);let t=mt(e,Date.now());t!==void 0&&this.#a.renewable&&(this.#d=setTimeout(()=>void this.#T(e),t))};async#T(e){let t=e;try{t=await this.#a.get(!0);let{connection:n}=this;if(n.status!==`open`||t===e)return;if(n.transport!==`websocket`)return this.#t.input({type:`reopen`});await this.#n.ask({type:`auth`,token:t})}catch(e){this.#x(e)}finally{this.connection.status===`open`&&this.#w(t)}}#E(e=this.#m){e&&this.#o.enter(`belfry ${this.#h} ${e}`)}};function yt(e){return new URL(e,globalThis.location?.href).href.replace(/\/+$/,``)}function bt(e){return new vt(e)}var C=globalThis,xt=C.ShadowRoot&&(C.ShadyCSS===void 0||C.ShadyCSS.nativeShadow)&&`adoptedStyleSheets`in Document.prototype&&`replace`in CSSStyleSheet.prototype,St=Symbol(),Ct=new WeakMap,wt=class{constructor(e,t,n){if(this._$cssResult$=!0,n!==St)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=e,this.t=t}get styleSheet(){let e=this.o,t=this.t;if(xt&&e===void 0){let n=t!==void 0&&t.length===1;n&&(e=Ct.get(t)),e===void 0&&((this.o=e=new CSSStyleSheet).replaceSync(this.cssText),n&&Ct.set(t,e))}return e}toString(){return this.cssText}},Tt=e=>new wt(typeof e==`string`?e:e+``,void 0,St),w=(e,...t)=>new wt(e.length===1?e[0]:t.reduce((t,n,r)=>t+(e=>{if(!0===e._$cssResult$)return e.cssText;if(typeof e==`number`)return e;throw Error(`Value passed to 'css' function must be a 'css' function result: `+e+`. Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.`)})(n)+e[r+1],e[0]),e,St),Et=(e,t)=>{if(xt)e.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let n of t){let t=document.createElement(`style`),r=C.litNonce;r!==void 0&&t.setAttribute(`nonce`,r),t.textContent=n.cssText,e.appendChild(t)}},Dt=xt?e=>e:e=>e instanceof CSSStyleSheet?(e=>{let t=``;for(let n of e.cssRules)t+=n.cssText;return Tt(t)})(e):e,{is:Ot,defineProperty:kt,getOwnPropertyDescriptor:At,getOwnPropertyNames:jt,getOwnPropertySymbols:Mt,getPrototypeOf:Nt}=Object,T=globalThis,Pt=T.trustedTypes,Ft=Pt?Pt.emptyScript:``,It=T.reactiveElementPolyfillSupport,E=(e,t)=>e,Lt={toAttribute(e,t){switch(t){case Boolean:e=e?Ft:null;break;case Object:case Array:e=e==null?e:JSON.stringify(e)}return e},fromAttribute(e,t){let n=e;switch(t){case Boolean:n=e!==null;break;case Number:n=e===null?null:Number(e);break;case Object:case Array:try{n=JSON.parse(e)}catch{n=null}}return n}},Rt=(e,t)=>!Ot(e,t),zt={attribute:!0,type:String,converter:Lt,reflect:!1,useDefault:!1,hasChanged:Rt};Symbol.metadata??=Symbol(`metadata`),T.litPropertyMetadata??=new WeakMap;var D=class extends HTMLElement{static addInitializer(e){this._$Ei(),(this.l??=[]).push(e)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(e,t=zt){if(t.state&&(t.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(e)&&((t=Object.create(t)).wrapped=!0),this.elementProperties.set(e,t),!t.noAccessor){let n=Symbol(),r=this.getPropertyDescriptor(e,n,t);r!==void 0&&kt(this.prototype,e,r)}}static getPropertyDescriptor(e,t,n){let{get:r,set:i}=At(this.prototype,e)??{get(){return this[t]},set(e){this[t]=e}};return{get:r,set(t){let a=r?.call(this);i?.call(this,t),this.requestUpdate(e,a,n)},configurable:!0,enumerable:!0}}static getPropertyOptions(e){return this.elementProperties.get(e)??zt}static _$Ei(){if(this.hasOwnProperty(E(`elementProperties`)))return;let e=Nt(this);e.finalize(),e.l!==void 0&&(this.l=[...e.l]),this.elementProperties=new Map(e.elementProperties)}static finalize(){if(this.hasOwnProperty(E(`finalized`)))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(E(`properties`))){let e=this.properties,t=[...jt(e),...Mt(e)];for(let n of t)this.createProperty(n,e[n])}let e=this[Symbol.metadata];if(e!==null){let t=litPropertyMetadata.get(e);if(t!==void 0)for(let[e,n]of t)this.elementProperties.set(e,n)}this._$Eh=new Map;for(let[e,t]of this.elementProperties){let n=this._$Eu(e,t);n!==void 0&&this._$Eh.set(n,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(e){let t=[];if(Array.isArray(e)){let n=new Set(e.flat(1/0).reverse());for(let e of n)t.unshift(Dt(e))}else e!==void 0&&t.push(Dt(e));return t}static _$Eu(e,t){let n=t.attribute;return!1===n?void 0:typeof n==`string`?n:typeof e==`string`?e.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(e=>this.enableUpdating=e),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(e=>e(this))}addController(e){(this._$EO??=new Set).add(e),this.renderRoot!==void 0&&this.isConnected&&e.hostConnected?.()}removeController(e){this._$EO?.delete(e)}_$E_(){let e=new Map,t=this.constructor.elementProperties;for(let n of t.keys())this.hasOwnProperty(n)&&(e.set(n,this[n]),delete this[n]);e.size>0&&(this._$Ep=e)}createRenderRoot(){let e=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return Et(e,this.constructor.elementStyles),e}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(e=>e.hostConnected?.())}enableUpdating(e){}disconnectedCallback(){this._$EO?.forEach(e=>e.hostDisconnected?.())}attributeChangedCallback(e,t,n){this._$AK(e,n)}_$ET(e,t){let n=this.constructor.elementProperties.get(e),r=this.constructor._$Eu(e,n);if(r!==void 0&&!0===n.reflect){let i=(n.converter?.toAttribute===void 0?Lt:n.converter).toAttribute(t,n.type);this._$Em=e,i==null?this.removeAttribute(r):this.setAttribute(r,i),this._$Em=null}}_$AK(e,t){let n=this.constructor,r=n._$Eh.get(e);if(r!==void 0&&this._$Em!==r){let e=n.getPropertyOptions(r),i=typeof e.converter==`function`?{fromAttribute:e.converter}:e.converter?.fromAttribute===void 0?Lt:e.converter;this._$Em=r;let a=i.fromAttribute(t,e.type);this[r]=a??this._$Ej?.get(r)??a,this._$Em=null}}requestUpdate(e,t,n,r=!1,i){if(e!==void 0){let a=this.constructor;if(!1===r&&(i=this[e]),n??=a.getPropertyOptions(e),!((n.hasChanged??Rt)(i,t)||n.useDefault&&n.reflect&&i===this._$Ej?.get(e)&&!this.hasAttribute(a._$Eu(e,n))))return;this.C(e,t,n)}!1===this.isUpdatePending&&(this._$ES=this._$EP())}C(e,t,{useDefault:n,reflect:r,wrapped:i},a){n&&!(this._$Ej??=new Map).has(e)&&(this._$Ej.set(e,a??t??this[e]),!0!==i||a!==void 0)||(this._$AL.has(e)||(this.hasUpdated||n||(t=void 0),this._$AL.set(e,t)),!0===r&&this._$Em!==e&&(this._$Eq??=new Set).add(e))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let e=this.scheduleUpdate();return e!=null&&await e,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[e,t]of this._$Ep)this[e]=t;this._$Ep=void 0}let e=this.constructor.elementProperties;if(e.size>0)for(let[t,n]of e){let{wrapped:e}=n,r=this[t];!0!==e||this._$AL.has(t)||r===void 0||this.C(t,void 0,n,r)}}let e=!1,t=this._$AL;try{e=this.shouldUpdate(t),e?(this.willUpdate(t),this._$EO?.forEach(e=>e.hostUpdate?.()),this.update(t)):this._$EM()}catch(t){throw e=!1,this._$EM(),t}e&&this._$AE(t)}willUpdate(e){}_$AE(e){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(e)),this.updated(e)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(e){return!0}update(e){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(e){}firstUpdated(e){}};D.elementStyles=[],D.shadowRootOptions={mode:`open`},D[E(`elementProperties`)]=new Map,D[E(`finalized`)]=new Map,It?.({ReactiveElement:D}),(T.reactiveElementVersions??=[]).push(`2.1.2`);var Bt=globalThis,Vt=e=>e,O=Bt.trustedTypes,Ht=O?O.createPolicy(`lit-html`,{createHTML:e=>e}):void 0,Ut=`$lit$`,k=`lit$${Math.random().toFixed(9).slice(2)}$`,Wt=`?`+k,Gt=`<${Wt}>`,A=document,j=()=>A.createComment(``),M=e=>e===null||typeof e!=`object`&&typeof e!=`function`,Kt=Array.isArray,qt=e=>Kt(e)||typeof e?.[Symbol.iterator]==`function`,Jt=`[ 	
\f\r]`,N=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,Yt=/-->/g,Xt=/>/g,P=RegExp(`>|${Jt}(?:([^\\s"'>=/]+)(${Jt}*=${Jt}*(?:[^ \t\n\f\r"'\`<>=]|("|')|))|$)`,`g`),Zt=/'/g,Qt=/"/g,$t=/^(?:script|style|textarea|title)$/i,en=e=>(t,...n)=>({_$litType$:e,strings:t,values:n}),F=en(1),I=en(2),L=Symbol.for(`lit-noChange`),R=Symbol.for(`lit-nothing`),tn=new WeakMap,z=A.createTreeWalker(A,129);function nn(e,t){if(!Kt(e)||!e.hasOwnProperty(`raw`))throw Error(`invalid template strings array`);return Ht===void 0?t:Ht.createHTML(t)}var rn=(e,t)=>{let n=e.length-1,r=[],i,a=t===2?`<svg>`:t===3?`<math>`:``,o=N;for(let t=0;t<n;t++){let n=e[t],s,c,l=-1,u=0;for(;u<n.length&&(o.lastIndex=u,c=o.exec(n),c!==null);)u=o.lastIndex,o===N?c[1]===`!--`?o=Yt:c[1]===void 0?c[2]===void 0?c[3]!==void 0&&(o=P):($t.test(c[2])&&(i=RegExp(`</`+c[2],`g`)),o=P):o=Xt:o===P?c[0]===`>`?(o=i??N,l=-1):c[1]===void 0?l=-2:(l=o.lastIndex-c[2].length,s=c[1],o=c[3]===void 0?P:c[3]===`"`?Qt:Zt):o===Qt||o===Zt?o=P:o===Yt||o===Xt?o=N:(o=P,i=void 0);let d=o===P&&e[t+1].startsWith(`/>`)?` `:``;a+=o===N?n+Gt:l>=0?(r.push(s),n.slice(0,l)+Ut+n.slice(l)+k+d):n+k+(l===-2?t:d)}return[nn(e,a+(e[n]||`<?>`)+(t===2?`</svg>`:t===3?`</math>`:``)),r]},an=class e{constructor({strings:t,_$litType$:n},r){let i;this.parts=[];let a=0,o=0,s=t.length-1,c=this.parts,[l,u]=rn(t,n);if(this.el=e.createElement(l,r),z.currentNode=this.el.content,n===2||n===3){let e=this.el.content.firstChild;e.replaceWith(...e.childNodes)}for(;(i=z.nextNode())!==null&&c.length<s;){if(i.nodeType===1){if(i.hasAttributes())for(let e of i.getAttributeNames())if(e.endsWith(Ut)){let t=u[o++],n=i.getAttribute(e).split(k),r=/([.?@])?(.*)/.exec(t);c.push({type:1,index:a,name:r[2],strings:n,ctor:r[1]===`.`?sn:r[1]===`?`?cn:r[1]===`@`?ln:H}),i.removeAttribute(e)}else e.startsWith(k)&&(c.push({type:6,index:a}),i.removeAttribute(e));if($t.test(i.tagName)){let e=i.textContent.split(k),t=e.length-1;if(t>0){i.textContent=O?O.emptyScript:``;for(let n=0;n<t;n++)i.append(e[n],j()),z.nextNode(),c.push({type:2,index:++a});i.append(e[t],j())}}}else if(i.nodeType===8){if(i.data===Wt)c.push({type:2,index:a});else{let e=-1;for(;(e=i.data.indexOf(k,e+1))!==-1;)c.push({type:7,index:a}),e+=k.length-1}}a++}}static createElement(e,t){let n=A.createElement(`template`);return n.innerHTML=e,n}};function B(e,t,n=e,r){if(t===L)return t;let i=r===void 0?n._$Cl:n._$Co?.[r],a=M(t)?void 0:t._$litDirective$;return i?.constructor!==a&&(i?._$AO?.(!1),a===void 0?i=void 0:(i=new a(e),i._$AT(e,n,r)),r===void 0?n._$Cl=i:(n._$Co??=[])[r]=i),i!==void 0&&(t=B(e,i._$AS(e,t.values),i,r)),t}var on=class{constructor(e,t){this._$AV=[],this._$AN=void 0,this._$AD=e,this._$AM=t}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(e){let{el:{content:t},parts:n}=this._$AD,r=(e?.creationScope??A).importNode(t,!0);z.currentNode=r;let i=z.nextNode(),a=0,o=0,s=n[0];for(;s!==void 0;){if(a===s.index){let t;s.type===2?t=new V(i,i.nextSibling,this,e):s.type===1?t=new s.ctor(i,s.name,s.strings,this,e):s.type===6&&(t=new un(i,this,e)),this._$AV.push(t),s=n[++o]}a!==s?.index&&(i=z.nextNode(),a++)}return z.currentNode=A,r}p(e){let t=0;for(let n of this._$AV)n!==void 0&&(n.strings===void 0?n._$AI(e[t]):(n._$AI(e,n,t),t+=n.strings.length-2)),t++}},V=class e{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(e,t,n,r){this.type=2,this._$AH=R,this._$AN=void 0,this._$AA=e,this._$AB=t,this._$AM=n,this.options=r,this._$Cv=r?.isConnected??!0}get parentNode(){let e=this._$AA.parentNode,t=this._$AM;return t!==void 0&&e?.nodeType===11&&(e=t.parentNode),e}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(e,t=this){e=B(this,e,t),M(e)?e===R||e==null||e===``?(this._$AH!==R&&this._$AR(),this._$AH=R):e!==this._$AH&&e!==L&&this._(e):e._$litType$===void 0?e.nodeType===void 0?qt(e)?this.k(e):this._(e):this.T(e):this.$(e)}O(e){return this._$AA.parentNode.insertBefore(e,this._$AB)}T(e){this._$AH!==e&&(this._$AR(),this._$AH=this.O(e))}_(e){this._$AH!==R&&M(this._$AH)?this._$AA.nextSibling.data=e:this.T(A.createTextNode(e)),this._$AH=e}$(e){let{values:t,_$litType$:n}=e,r=typeof n==`number`?this._$AC(e):(n.el===void 0&&(n.el=an.createElement(nn(n.h,n.h[0]),this.options)),n);if(this._$AH?._$AD===r)this._$AH.p(t);else{let e=new on(r,this),n=e.u(this.options);e.p(t),this.T(n),this._$AH=e}}_$AC(e){let t=tn.get(e.strings);return t===void 0&&tn.set(e.strings,t=new an(e)),t}k(t){Kt(this._$AH)||(this._$AH=[],this._$AR());let n=this._$AH,r,i=0;for(let a of t)i===n.length?n.push(r=new e(this.O(j()),this.O(j()),this,this.options)):r=n[i],r._$AI(a),i++;i<n.length&&(this._$AR(r&&r._$AB.nextSibling,i),n.length=i)}_$AR(e=this._$AA.nextSibling,t){for(this._$AP?.(!1,!0,t);e!==this._$AB;){let t=Vt(e).nextSibling;Vt(e).remove(),e=t}}setConnected(e){this._$AM===void 0&&(this._$Cv=e,this._$AP?.(e))}},H=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(e,t,n,r,i){this.type=1,this._$AH=R,this._$AN=void 0,this.element=e,this.name=t,this._$AM=r,this.options=i,n.length>2||n[0]!==``||n[1]!==``?(this._$AH=Array(n.length-1).fill(new String),this.strings=n):this._$AH=R}_$AI(e,t=this,n,r){let i=this.strings,a=!1;if(i===void 0)e=B(this,e,t,0),a=!M(e)||e!==this._$AH&&e!==L,a&&(this._$AH=e);else{let r=e,o,s;for(e=i[0],o=0;o<i.length-1;o++)s=B(this,r[n+o],t,o),s===L&&(s=this._$AH[o]),a||=!M(s)||s!==this._$AH[o],s===R?e=R:e!==R&&(e+=(s??``)+i[o+1]),this._$AH[o]=s}a&&!r&&this.j(e)}j(e){e===R?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,e??``)}},sn=class extends H{constructor(){super(...arguments),this.type=3}j(e){this.element[this.name]=e===R?void 0:e}},cn=class extends H{constructor(){super(...arguments),this.type=4}j(e){this.element.toggleAttribute(this.name,!!e&&e!==R)}},ln=class extends H{constructor(e,t,n,r,i){super(e,t,n,r,i),this.type=5}_$AI(e,t=this){if((e=B(this,e,t,0)??R)===L)return;let n=this._$AH,r=e===R&&n!==R||e.capture!==n.capture||e.once!==n.once||e.passive!==n.passive,i=e!==R&&(n===R||r);r&&this.element.removeEventListener(this.name,this,n),i&&this.element.addEventListener(this.name,this,e),this._$AH=e}handleEvent(e){typeof this._$AH==`function`?this._$AH.call(this.options?.host??this.element,e):this._$AH.handleEvent(e)}},un=class{constructor(e,t,n){this.element=e,this.type=6,this._$AN=void 0,this._$AM=t,this.options=n}get _$AU(){return this._$AM._$AU}_$AI(e){B(this,e)}},dn={M:Ut,P:k,A:Wt,C:1,L:rn,R:on,D:qt,V:B,I:V,H,N:cn,U:ln,B:sn,F:un},fn=Bt.litHtmlPolyfillSupport;fn?.(an,V),(Bt.litHtmlVersions??=[]).push(`3.3.3`);var pn=(e,t,n)=>{let r=n?.renderBefore??t,i=r._$litPart$;if(i===void 0){let e=n?.renderBefore??null;r._$litPart$=i=new V(t.insertBefore(j(),e),e,void 0,n??{})}return i._$AI(e),i},mn=globalThis,U=class extends D{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let e=super.createRenderRoot();return this.renderOptions.renderBefore??=e.firstChild,e}update(e){let t=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(e),this._$Do=pn(t,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return L}};U._$litElement$=!0,U.finalized=!0,mn.litElementHydrateSupport?.({LitElement:U});var hn=mn.litElementPolyfillSupport;hn?.({LitElement:U}),(mn.litElementVersions??=[]).push(`4.2.2`);var gn=class e extends Event{callback;static type=`belfry-scope-request`;off;constructor(t){super(e.type,{bubbles:!0,composed:!0}),this.callback=t}},_n={bubbles:!0,composed:!0},vn=class extends CustomEvent{constructor(e){super(`belfry-open`,{..._n,cancelable:!0,detail:e})}},yn=class extends CustomEvent{constructor(e){super(`belfry-action`,{..._n,cancelable:!0,detail:e})}},bn=class extends CustomEvent{constructor(e){super(`belfry-toggle`,{..._n,detail:{open:e}})}},xn={zero:`لا إشعارات`,one:`إشعار واحد`,two:`إشعاران`,few:`{n} إشعارات`,many:`{n} إشعارًا`,other:`{n} إشعار`},Sn={notifications:`الإشعارات`,unreadCount:{one:`إشعار واحد غير مقروء`,two:`إشعاران غير مقروءين`,few:`{n} إشعارات غير مقروءة`,many:`{n} إشعارًا غير مقروء`,other:`{n} إشعار غير مقروء`},noUnread:`الإشعارات، لا شيء غير مقروء`,all:`الكل`,unread:`غير مقروء`,snoozed:`مؤجّل`,archived:`الأرشيف`,markAllRead:`تعليم الكل كمقروء`,clearAll:`أرشفة الكل`,mute:`كتم الأصوات`,unmute:`تشغيل الأصوات`,allowNotices:`تفعيل إشعارات سطح المكتب`,markRead:`تعليم كمقروء`,markUnread:`تعليم كغير مقروء`,archive:`أرشفة`,unarchive:`نقل إلى الوارد`,snooze:`تأجيل`,unsnooze:`إعادة الآن`,delete:`حذف`,undo:`تراجع`,close:`إغلاق`,expand:{other:`عرض الكل ({n})`},collapse:`عرض أقل`,grouped:xn,didArchive:{one:`تمت الأرشفة`,other:`تمت أرشفة {n}`},didSnooze:{one:`تم التأجيل`,other:`تم تأجيل {n}`},didDelete:{one:`تم الحذف`,other:`تم حذف {n}`},hour:`بعد ساعة`,tomorrow:`غدًا`,week:`الأسبوع القادم`,wakes:`يعود`,emptyAll:`لا جديد`,emptyAllHint:`تظهر الإشعارات الجديدة هنا فور وصولها.`,emptyUnread:`لا شيء غير مقروء`,emptySnoozed:`لا شيء مؤجّل`,emptyArchived:`الأرشيف فارغ`,loading:`جارٍ التحميل…`,offline:`أنت غير متصل. تُحفظ التغييرات وتُرسل لاحقًا.`,stopped:`توقفت التحديثات المباشرة.`,failed:`تعذّر تحميل الإشعارات.`,retry:`إعادة المحاولة`,arrived:{...xn,one:`إشعار جديد`},away:{...xn,other:`{n} إشعار جديد أثناء غيابك`},info:`معلومة`,success:`نجاح`,warning:`تحذير`,error:`خطأ`},Cn={notifications:`Mitteilungen`,unreadCount:{one:`{n} ungelesene Mitteilung`,other:`{n} ungelesene Mitteilungen`},noUnread:`Mitteilungen, alle gelesen`,all:`Alle`,unread:`Ungelesen`,snoozed:`Später`,archived:`Archiv`,markAllRead:`Alle als gelesen markieren`,clearAll:`Alle archivieren`,mute:`Töne ausschalten`,unmute:`Töne einschalten`,allowNotices:`Desktop-Mitteilungen einschalten`,markRead:`Als gelesen markieren`,markUnread:`Als ungelesen markieren`,archive:`Archivieren`,unarchive:`In den Eingang legen`,snooze:`Später erinnern`,unsnooze:`Jetzt zurückholen`,delete:`Löschen`,undo:`Rückgängig`,close:`Schließen`,expand:{one:`{n} Mitteilung zeigen`,other:`Alle {n} zeigen`},collapse:`Weniger zeigen`,grouped:{one:`{n} Mitteilung`,other:`{n} Mitteilungen`},didArchive:{one:`Archiviert`,other:`{n} archiviert`},didSnooze:{one:`Auf später gelegt`,other:`{n} auf später gelegt`},didDelete:{one:`Gelöscht`,other:`{n} gelöscht`},hour:`In einer Stunde`,tomorrow:`Morgen`,week:`Nächste Woche`,wakes:`Zurück`,emptyAll:`Alles erledigt`,emptyAllHint:`Neue Mitteilungen erscheinen hier, sobald es sie gibt.`,emptyUnread:`Nichts ungelesen`,emptySnoozed:`Nichts auf später gelegt`,emptyArchived:`Nichts archiviert`,loading:`Wird geladen …`,offline:`Keine Verbindung. Änderungen werden später gesendet.`,stopped:`Die Mitteilungen werden nicht mehr aktualisiert.`,failed:`Die Mitteilungen konnten nicht geladen werden.`,retry:`Erneut versuchen`,arrived:{one:`{n} neue Mitteilung`,other:`{n} neue Mitteilungen`},away:{one:`{n} neue, während du weg warst`,other:`{n} neue, während du weg warst`},info:`Info`,success:`Erfolg`,warning:`Warnung`,error:`Fehler`},wn={notifications:`Notifications`,unreadCount:{one:`{n} unread notification`,other:`{n} unread notifications`},noUnread:`Notifications, none unread`,all:`All`,unread:`Unread`,snoozed:`Snoozed`,archived:`Archived`,markAllRead:`Mark all as read`,clearAll:`Archive all`,mute:`Mute sounds`,unmute:`Unmute sounds`,allowNotices:`Turn on desktop notifications`,markRead:`Mark as read`,markUnread:`Mark as unread`,archive:`Archive`,unarchive:`Move to inbox`,snooze:`Snooze`,unsnooze:`Wake up now`,delete:`Delete`,undo:`Undo`,close:`Close`,expand:{one:`Show {n} notification`,other:`Show all {n}`},collapse:`Show less`,grouped:{one:`{n} notification`,other:`{n} notifications`},didArchive:{one:`Archived`,other:`{n} archived`},didSnooze:{one:`Snoozed`,other:`{n} snoozed`},didDelete:{one:`Deleted`,other:`{n} deleted`},hour:`In an hour`,tomorrow:`Tomorrow`,week:`Next week`,wakes:`Back`,emptyAll:`All caught up`,emptyAllHint:`New notifications appear here as they happen.`,emptyUnread:`Nothing unread`,emptySnoozed:`Nothing snoozed`,emptyArchived:`Nothing archived`,loading:`Loading…`,offline:`You are offline. Changes are sent when you are back.`,stopped:`Live updates have stopped.`,failed:`Notifications could not be loaded.`,retry:`Try again`,arrived:{one:`{n} new notification`,other:`{n} new notifications`},away:{one:`{n} new while you were away`,other:`{n} new while you were away`},info:`Info`,success:`Success`,warning:`Warning`,error:`Error`},Tn={en:wn,de:Cn,ar:Sn},En=/^(ar|arc|dv|fa|ha|he|khw|ks|ku|ps|ur|yi)\b/i;function Dn(e,t={}){let n={...wn,...Tn[e.split(`-`)[0]],...Tn[e],...t},[r,i]=[new Intl.PluralRules(e),new Intl.NumberFormat(e)];return{locale:e,number:e=>i.format(e),dir:En.test(e)?`rtl`:`ltr`,text(e,t=0){let a=n[e];return(typeof a==`string`?a:a[r.select(t)]??a.other).replace(`{n}`,i.format(t))}}}function On(e){try{return Intl.getCanonicalLocales(e)[0]??`en`}catch{return`en`}}function W(e){if(e&&!/[\u0000-\u0020\u007f\\]/.test(e)&&(/^https?:\/\//i.test(e)||/^\/(?!\/)/.test(e)))return URL.canParse(e,`https://a.invalid`)?e:void 0}function kn(e){return!(e instanceof MouseEvent)||!e.target.closest(`a`)?!1:e.button===1||e.ctrlKey||e.metaKey||e.shiftKey||e.altKey}function An(e,t){let{origin:n,href:r}=new URL(e,location.href);n===location.origin?t?t(e):location.assign(r):window.open(r,`_blank`,`noopener`)}var G=class extends U{static properties={client:{attribute:!1},navigate:{attribute:!1},theme:{reflect:!0},scope:{state:!0}};#e;#t;#n;#r;connectedCallback(){super.connectedCallback(),this.#t=new gn(e=>this.scope=e),this.dispatchEvent(this.#t),this.requestUpdate()}disconnectedCallback(){super.disconnectedCallback(),this.#t?.off?.(),this.#a()}willUpdate(e){let t=this.belfry;t!==this.#n&&this.isConnected&&(this.#a(),this.#n=t,t&&(this.#r=this.attach(t)))}get belfry(){return this.client??this.scope?.client}get language(){return this.scope?.language??(this.#e??=Dn(On(document.documentElement.lang||`en`)))}openItem(e,t){let n=W(e.actionUrl);this.#i(e,n,new vn({item:e,url:n}),t)}act(e,t,n){let r=W(t.url);this.#i(e,r,new yn({item:e,action:t,url:r}),n)}#i(e,t,n,r){!e.readAt&&e.inbox!==!1&&this.mark(this.belfry?.inbox.markRead(e.id)),kn(r)||(r?.preventDefault(),this.dispatchEvent(n)&&t&&this.go(t))}mark(e){e?.catch(e=>{this.dispatchEvent(new CustomEvent(`belfry-error`,{detail:{error:e},bubbles:!0,composed:!0}))})}go(e){An(e,this.navigate??this.scope?.navigate)}#a(){this.#r?.(),this.#r=this.#n=void 0}},K=(e,t=16)=>F`<svg
  width=${t} height=${t} viewBox="0 0 16 16" fill="none" stroke="currentColor"
  stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${e}</svg>`,jn=I`<path d="M8 2a4 4 0 0 0-4 4c0 3.2-1.5 4.5-1.5 5.2h11C13.5 10.5 12 9.2 12 6a4 4 0 0 0-4-4z"/><path d="M6.6 13.400a1.6 1.6 0 0 0 2.8 0"/>`,q={bell:(e=20)=>K(jn,e),bellOff:()=>K(I`${jn}<path d="M2 2l12 12"/>`),sound:()=>K(I`<path d="M3 6.200h2L8 3.500v9L5 9.800H3z"/><path d="M10.5 6a3 3 0 0 1 0 4M12.5 4.200a5.5 5.5 0 0 1 0 7.6"/>`),mute:()=>K(I`<path d="M3 6.200h2L8 3.500v9L5 9.800H3z"/><path d="M10.7 6.300l3.4 3.400M14.1 6.300l-3.4 3.4"/>`),check:()=>K(I`<path d="M3.5 8.500l3 3 6-7"/>`),checks:()=>K(I`<path d="M1.5 8.500l3 3 6-7M8.2 11.200l.3.3 6-7"/>`),dot:()=>K(I`<circle cx="8" cy="8" r="3.5" fill="currentColor" stroke="none"/>`),archive:()=>K(I`<path d="M2.5 3.500h11v3h-11zM3.5 6.500v6h9v-6M6.5 9h3"/>`),unarchive:()=>K(I`<path d="M2.5 9.500v3.500h11V9.500M8 10V3M5.2 5.700L8 2.900l2.8 2.8"/>`),clock:()=>K(I`<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3.200l2 1.3"/>`),trash:()=>K(I`<path d="M3 4.500h10M6.5 4.500V3h3v1.500M4.5 4.500l.6 8.500h5.800l.6-8.5"/>`),close:()=>K(I`<path d="M4.5 4.500l7 7M11.5 4.500l-7 7"/>`),chevron:()=>K(I`<path d="M4.5 6.500L8 10l3.5-3.5"/>`),inbox:(e=16)=>K(I`<path d="M2.5 9.500L4.3 3.500h7.400l1.8 6v3.500h-11zM2.5 9.500h3l1 1.500h3l1-1.500h3"/>`,e),offline:()=>K(I`<path d="M2 2l12 12M4.8 8.800a4.5 4.5 0 0 1 2-1.200M9.8 7.800c.5.2 1 .6 1.4 1M2.5 6.200a8 8 0 0 1 2.3-1.500M7 4a8 8 0 0 1 6.5 2.200M8 12h.01"/>`),info:(e=16)=>K(I`<circle cx="8" cy="8" r="5.7"/><path d="M8 7.500V11M8 5.200h.01"/>`,e),success:(e=16)=>K(I`<circle cx="8" cy="8" r="5.7"/><path d="M5.6 8.200l1.7 1.7 3.2-3.6"/>`,e),warning:(e=16)=>K(I`<path d="M8 2.500l6 10.700H2zM8 6.500v3M8 11.300h.01"/>`,e),error:(e=16)=>K(I`<circle cx="8" cy="8" r="5.7"/><path d="M8 5v3.500M8 10.900h.01"/>`,e)},Mn=w`
  :host {
    --_accent: var(--belfry-accent, light-dark(#4f46e5, #8e8ffa));
    --_on-accent: var(--belfry-on-accent, light-dark(#fff, #101114));
    --_surface: var(--belfry-surface, light-dark(#fff, #17181c));
    --_raised: var(--belfry-raised, light-dark(#fff, #1f2025));
    --_hover: var(--belfry-hover, light-dark(#f5f5f7, #202127));
    --_text: var(--belfry-text, light-dark(#17181c, #ececef));
    --_muted: var(--belfry-muted, light-dark(#5d606b, #a0a3ad));
    --_border: var(--belfry-border, light-dark(#e6e6ea, #2b2c33));
    --_badge: var(--belfry-badge, light-dark(#d12440, #f2495f));
    --_on-badge: var(--belfry-on-badge, light-dark(#fff, #1c0307));
    --_info: var(--belfry-info, light-dark(#2563c9, #6ea8fe));
    --_success: var(--belfry-success, light-dark(#147a3d, #4cc38a));
    --_warning: var(--belfry-warning, light-dark(#8f5a00, #f0b341));
    --_error: var(--belfry-error, light-dark(#c4203a, #ff7a85));
    --_radius: var(--belfry-radius, 12px);
    --_shadow: var(
      --belfry-shadow,
      0 0 0 1px light-dark(rgb(0 0 0 / 7%), rgb(255 255 255 / 9%)),
      0 2px 6px rgb(0 0 0 / 6%),
      0 14px 40px -8px light-dark(rgb(0 0 0 / 18%), rgb(0 0 0 / 60%))
    );
    --_ease: cubic-bezier(0.2, 0.8, 0.2, 1);
    box-sizing: border-box;
    color: var(--_text);
    font: 400 14px/1.45 var(--belfry-font, Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif);
    -webkit-font-smoothing: antialiased;
  }
  :host([hidden]) {
    display: none;
  }
  :host([theme='system']) {
    color-scheme: light dark;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }
  button {
    margin: 0;
    border: 0;
    padding: 0;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  a {
    color: inherit;
    text-decoration: none;
  }
  svg {
    display: block;
    flex: none;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .icon {
    display: inline-grid;
    place-items: center;
    width: 28px;
    height: 28px;
    border-radius: 7px;
    color: var(--_muted);
    transition: background 0.12s, color 0.12s;
  }
  .icon:hover {
    background: color-mix(in srgb, var(--_text) 9%, transparent);
    color: var(--_text);
  }
  .icon:focus-visible {
    outline-offset: -1px;
  }
  .info {
    --_level: var(--_info);
  }
  .success {
    --_level: var(--_success);
  }
  .warning {
    --_level: var(--_warning);
  }
  .error {
    --_level: var(--_error);
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .chip {
    display: inline-flex;
    align-items: center;
    height: 26px;
    padding: 0 10px;
    border-radius: 7px;
    box-shadow: inset 0 0 0 1px var(--_border);
    font-size: 12.5px;
    font-weight: 500;
    transition: background 0.12s, filter 0.12s;
  }
  .chip:hover {
    background: var(--_hover);
  }
  .chip.primary {
    background: var(--_accent);
    color: var(--_on-accent);
    box-shadow: none;
  }
  .chip.primary:hover {
    filter: brightness(1.08);
  }
  .chip.danger {
    color: var(--_error);
  }
  .avatar {
    position: relative;
    flex: none;
    display: grid;
    place-items: center;
    width: 32px;
    height: 32px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--_level) 13%, var(--_surface));
    color: var(--_level);
    font-size: 12px;
    font-weight: 600;
  }
  .avatar.actor {
    background: color-mix(in srgb, var(--_text) 9%, var(--_surface));
    color: var(--_text);
  }
  .avatar img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    border-radius: inherit;
    object-fit: cover;
  }
  .avatar .level {
    position: absolute;
    inset-block-end: -3px;
    inset-inline-end: -3px;
    display: grid;
    border-radius: 50%;
    background: var(--_surface);
    padding: 1px;
    color: var(--_level);
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 1ms !important;
      transition-duration: 1ms !important;
    }
  }
  @media (forced-colors: active) {
    .chip,
    .icon {
      border: 1px solid;
    }
  }
`,Nn=w`
  :host {
    display: inline-block;
    position: relative;
  }
  .bell {
    position: relative;
    display: grid;
    place-items: center;
    width: 36px;
    height: 36px;
    border-radius: 10px;
    transition: background 0.12s;
  }
  .bell:hover,
  .bell[aria-expanded='true'] {
    background: color-mix(in srgb, currentColor 9%, transparent);
  }
  .badge {
    position: absolute;
    top: -2px;
    inset-inline-start: 19px;
    min-width: 17px;
    height: 17px;
    padding: 0 4.5px;
    border-radius: 9px;
    background: var(--_badge);
    color: var(--_on-badge);
    font-size: 10.5px;
    font-weight: 650;
    line-height: 17px;
    text-align: center;
    font-variant-numeric: tabular-nums;
    animation: pop 0.3s var(--_ease);
    pointer-events: none;
  }
  @keyframes pop {
    from {
      transform: scale(0.4);
      opacity: 0;
    }
  }
  .ringing svg {
    transform-origin: 50% 10%;
    animation: ring 0.7s ease-in-out;
  }
  @keyframes ring {
    20% {
      transform: rotate(13deg);
    }
    45% {
      transform: rotate(-11deg);
    }
    70% {
      transform: rotate(6deg);
    }
    85% {
      transform: rotate(-3deg);
    }
  }
  .popover {
    position: fixed;
    inset: auto;
    margin: 0;
    border: 0;
    padding: 0;
    width: min(var(--belfry-popover-width, 420px), calc(100vw - 16px));
    height: min(var(--belfry-popover-height, 600px), calc(100dvh - 16px));
    overflow: hidden;
    border-radius: var(--_radius);
    background: var(--_surface);
    color: inherit;
    box-shadow: var(--_shadow);
  }
  .popover:popover-open {
    animation: open 0.18s var(--_ease);
  }
  @keyframes open {
    from {
      opacity: 0;
      transform: translateY(-4px) scale(0.985);
    }
  }
  belfry-inbox,
  ::slotted([slot='inbox']) {
    display: block;
    height: 100%;
  }
`,J=8;function Pn(e,t,n,r,i){let[a,o]=r.split(`-`),[s,c]=[n.height-e.bottom,e.top],l=e=>e>=t.height+16,u=(a===`bottom`?l(s)||s>=c:!l(c)&&s>c)?e.bottom+J:e.top-J-t.height,d=o===`start`===i?e.right-t.width:e.left,f=(e,t,n)=>Math.max(J,Math.min(e,n-t-J));return{left:f(d,t.width,n.width),top:f(u,t.height,n.height)}}var Fn=99,In=`inbox, header, tabs, tab, item, content, avatar, title, body, image, actions, action, tools, menu, undo, offline`,Ln=class extends G{static styles=[Mn,Nn];static properties={open:{type:Boolean,reflect:!0},placement:{},tabs:{attribute:!1},renderItem:{attribute:!1},unread:{state:!0}};#e=!1;constructor(){super(),this.open=!1,this.placement=`bottom-end`,this.unread=0}connectedCallback(){super.connectedCallback(),addEventListener(`resize`,this.#i),addEventListener(`scroll`,this.#i,{passive:!0,capture:!0})}disconnectedCallback(){super.disconnectedCallback(),this.#a=!1,removeEventListener(`resize`,this.#i),removeEventListener(`scroll`,this.#i,{capture:!0})}attach(e){this.unread=e.inbox.counts.unread;let t=[e.on(`counts`,({unread:e})=>this.unread=e),e.on(`notification`,(e,{live:t})=>{t&&!e.silent&&e.inbox!==!1&&this.#n()})];return()=>t.forEach(e=>e())}updated(e){e.has(`open`)&&this.#t()}#t(){let e=this.panel;!e||this.#a||e.matches(`:popover-open`)===this.open||(this.open?this.#r(e):e.hidePopover())}get panel(){return this.renderRoot.querySelector(`.popover`)}#n(){this.#e=!0,this.requestUpdate()}#r(e){e.showPopover(),this.#i();let{inbox:t}=this;t?.updateComplete.then(()=>t.focus())}#i=()=>{if(!this.open)return;let{panel:e,button:t}=this;if(!e||!t)return;let n={width:e.offsetWidth,height:e.offsetHeight},r={width:document.documentElement.clientWidth,height:innerHeight},i=this.language.dir===`rtl`,{left:a,top:o}=Pn(t.getBoundingClientRect(),n,r,this.placement,i);Object.assign(e.style,{left:`${a}px`,top:`${o}px`})};get own(){return this.querySelector(`:scope > [slot=inbox]`)}get inbox(){let{own:e}=this;return e?.localName===`belfry-inbox`?e:(e??this.renderRoot).querySelector(`belfry-inbox`)}get button(){return this.renderRoot.querySelector(`button`)}#a=!1;#o=!1;#s(e){this.#a=!0,this.#o=this.matches(`:focus-within`),this.open=e.newState===`open`,this.dispatchEvent(new bn(this.open))}#c(){this.#a=!1,this.#t(),!this.open&&(this.#o||document.activeElement===document.body)&&this.button?.focus()}render(){let{language:e,unread:t,open:n}=this,r=t?e.text(`unreadCount`,t):e.text(`noUnread`),i=F`<span class="badge" part="badge" aria-hidden="true">${t>Fn?`${Fn}+`:t}</span>`;return F`<div dir=${e.dir}>
      <button class="bell ${this.#e?`ringing`:``}" part="button" aria-label=${r} aria-haspopup="dialog" aria-expanded=${n}
        @pointerdown=${this.#d} @click=${this.#f} @animationend=${this.#p}>
        <slot name="icon">${q.bell()}</slot>
      </button>
      <slot name="badge">${t?i:R}</slot>
      <div class="popover" part="popover" popover="auto" role="dialog" aria-label=${e.text(`notifications`)}
        @beforetoggle=${this.#s} @toggle=${this.#c}>
        <slot name="inbox">${n&&!this.own?this.#l():R}</slot>
      </div>
    </div>`}#l(){return F`<belfry-inbox exportparts=${In} .client=${this.belfry} .navigate=${this.navigate}
      .tabs=${this.tabs} .renderItem=${this.renderItem}><slot name="empty" slot="empty"></slot></belfry-inbox>`}#u=!1;#d(){this.#u=this.open}#f(e){this.open=e.detail===0?!this.open:!this.#u}#p(e){e.animationName===`ring`&&(this.#e=!1,this.requestUpdate())}};function Y(e,t){customElements.get(e)||customElements.define(e,t)}var Rn={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},zn=e=>(...t)=>({_$litDirective$:e,values:t}),Bn=class{constructor(e){}get _$AU(){return this._$AM._$AU}_$AT(e,t,n){this._$Ct=e,this._$AM=t,this._$Ci=n}_$AS(e,t){return this.update(e,t)}update(e,t){return this.render(...t)}},{I:Vn}=dn,Hn=e=>e,Un=()=>document.createComment(``),X=(e,t,n)=>{let r=e._$AA.parentNode,i=t===void 0?e._$AB:t._$AA;if(n===void 0)n=new Vn(r.insertBefore(Un(),i),r.insertBefore(Un(),i),e,e.options);else{let t=n._$AB.nextSibling,a=n._$AM,o=a!==e;if(o){let t;n._$AQ?.(e),n._$AM=e,n._$AP!==void 0&&(t=e._$AU)!==a._$AU&&n._$AP(t)}if(t!==i||o){let e=n._$AA;for(;e!==t;){let t=Hn(e).nextSibling;Hn(r).insertBefore(e,i),e=t}}}return n},Z=(e,t,n=e)=>(e._$AI(t,n),e),Wn={},Gn=(e,t=Wn)=>e._$AH=t,Kn=e=>e._$AH,qn=e=>{e._$AR(),e._$AA.remove()},Jn=(e,t,n)=>{let r=new Map;for(let i=t;i<=n;i++)r.set(e[i],i);return r},Yn=zn(class extends Bn{constructor(e){if(super(e),e.type!==Rn.CHILD)throw Error(`repeat() can only be used in text expressions`)}dt(e,t,n){let r;n===void 0?n=t:t!==void 0&&(r=t);let i=[],a=[],o=0;for(let t of e)i[o]=r?r(t,o):o,a[o]=n(t,o),o++;return{values:a,keys:i}}render(e,t,n){return this.dt(e,t,n).values}update(e,[t,n,r]){let i=Kn(e),{values:a,keys:o}=this.dt(t,n,r);if(!Array.isArray(i))return this.ut=o,a;let s=this.ut??=[],c=[],l,u,d=0,f=i.length-1,p=0,m=a.length-1;for(;d<=f&&p<=m;)if(i[d]===null)d++;else if(i[f]===null)f--;else if(s[d]===o[p])c[p]=Z(i[d],a[p]),d++,p++;else if(s[f]===o[m])c[m]=Z(i[f],a[m]),f--,m--;else if(s[d]===o[m])c[m]=Z(i[d],a[m]),X(e,c[m+1],i[d]),d++,m--;else if(s[f]===o[p])c[p]=Z(i[f],a[p]),X(e,i[d],i[f]),f--,p++;else if(l===void 0&&(l=Jn(o,p,m),u=Jn(s,d,f)),l.has(s[d])){if(l.has(s[f])){let t=u.get(o[p]),n=t===void 0?null:i[t];if(n===null){let t=X(e,i[d]);Z(t,a[p]),c[p]=t}else c[p]=Z(n,a[p]),X(e,i[d],n),i[t]=null;p++}else qn(i[f]),f--}else qn(i[d]),d++;for(;p<=m;){let t=X(e,c[m+1]);Z(t,a[p]),c[p++]=t}for(;d<=f;){let e=i[d++];e!==null&&qn(e)}return this.ut=o,Gn(e,c),L}}),Xn=[[`day`,86400],[`hour`,3600],[`minute`,60]];function Q(e){let t=new Map;return n=>{let r=t.get(n);return r||t.set(n,r=e(n)),r}}var Zn=Q(e=>new Intl.RelativeTimeFormat(e,{style:`narrow`,numeric:`auto`})),Qn=Q(e=>new Intl.DateTimeFormat(e,{month:`short`,day:`numeric`})),$n=Q(e=>new Intl.DateTimeFormat(e,{month:`short`,day:`numeric`,year:`numeric`})),er=Q(e=>new Intl.DateTimeFormat(e,{dateStyle:`full`,timeStyle:`short`})),tr=Q(e=>new Intl.DateTimeFormat(e,{weekday:`short`,hour:`numeric`,minute:`2-digit`})),nr=Q(e=>new Intl.DateTimeFormat(e,{month:`short`,day:`numeric`,hour:`numeric`,minute:`2-digit`}));function rr(e,t,n){let r=Date.parse(e),i=Math.round((r-t)/1e3);for(let[e,a]of Xn){if(Math.abs(i)<a)continue;let o=Math.trunc(i/a);return e===`day`&&Math.abs(o)>=7?ir(r,t,n):Zn(n).format(o,e)}return Zn(n).format(0,`second`)}function ir(e,t,n){return(new Date(e).getFullYear()===new Date(t).getFullYear()?Qn:$n)(n).format(e)}var ar=(e,t)=>er(t).format(Date.parse(e)),or=(e,t,n)=>(e.getTime()-t<5184e5?tr:nr)(n).format(e),sr=new Set,cr;function lr(e){return sr.add(e),cr??=setInterval(()=>sr.forEach(e=>e()),15e3),()=>{sr.delete(e),sr.size||(clearInterval(cr),cr=void 0)}}var ur=6e3,dr=class{changed;current;#e;constructor(e){this.changed=e}offer(e){this.commit(),this.current=e,this.#e=setTimeout(()=>this.commit(),ur),this.changed()}undo(){this.#t()?.undo()}commit(){this.#t()?.commit?.()}#t(){clearTimeout(this.#e);let{current:e}=this;return this.current=void 0,e&&this.changed(),e}},fr=class{acting;undo;hidden=new Set;constructor(e){this.acting=e,this.undo=new dr(()=>this.acting().changed())}archive(e){let{inbox:t,language:n,mark:r}=this.acting();t&&(r(t.archive(e)),this.undo.offer({text:n.text(`didArchive`,e.length),undo:()=>r(t.unarchive(e))}))}archiveAll(e,t){let{inbox:n,language:r,mark:i}=this.acting();n&&e.length&&(i(n.archiveAll()),t&&this.undo.offer({text:r.text(`didArchive`,e.length),undo:()=>i(n.unarchive(e))}))}delete(e){let{inbox:t,language:n,mark:r,changed:i}=this.acting();if(!t)return;let a=()=>{for(let t of e)this.hidden.delete(t);i()};this.undo.offer({text:n.text(`didDelete`,e.length),undo:a,commit:()=>{r(t.delete(e)),a()}});for(let t of e)this.hidden.add(t);i()}snooze(e,t){let{inbox:n,language:r,mark:i}=this.acting();n&&(i(n.snooze(e,t)),this.undo.offer({text:r.text(`didSnooze`,e.length),undo:()=>i(n.unsnooze(e))}))}},pr=[{id:`all`},{id:`unread`,filter:`unread`},{id:`snoozed`,filter:`snoozed`},{id:`archived`,filter:`archived`}],mr=(e,{filter:t,types:n})=>e.inbox.view({...t?{filter:t}:{},...n?{types:n}:{}}),hr=({label:e,filter:t},{text:n})=>e??n(t||`all`);function gr(e,t,{number:n}){return t?e.filter===`unread`&&!e.types?n(t.counts.unread):t.hasMore&&!t.items.length?``:`${n(t.items.length)}${t.hasMore?`+`:``}`:``}function _r(e){let{text:t}=e.language;return F`<header part="header">
    <h2>${t(`notifications`)}</h2>
    ${Sr(e)}${xr(e)}
    ${br(t(`markAllRead`),q.checks(),e.readAll,!e.unread)}
    ${br(t(`clearAll`),q.archive(),e.archiveAll,!e.any||e.shown===`archived`)}
  </header>
  <div class="tabs" part="tabs" role="tablist" aria-label=${t(`notifications`)} @keydown=${t=>yr(t,e)}>
    ${e.tabs.map(t=>vr(t,e))}
  </div>`}function vr(e,{language:t,shown:n,snapshots:r,choose:i}){let a=e.id===n,o=gr(e,r.get(e.id),t);return F`<button role="tab" part="tab" id="tab-${e.id}" aria-selected=${a} aria-controls="panel" tabindex=${a?0:-1}
    @click=${()=>i(e.id)}>${hr(e,t)}${o?F`<span class="number">${o}</span>`:R}</button>`}function yr(e,{tabs:t,shown:n,language:r,choose:i}){let a=r.dir===`rtl`?`ArrowLeft`:`ArrowRight`;if(e.key!==`ArrowLeft`&&e.key!==`ArrowRight`)return;e.preventDefault();let o=t.findIndex(e=>e.id===n)+(e.key===a?1:-1),s=t.at(o%t.length);i(s.id),e.currentTarget.querySelector(`#${CSS.escape(`tab-${s.id}`)}`)?.focus()}var br=(e,t,n,r=!1)=>F`<button class="icon" aria-label=${e} title=${e} ?disabled=${r} @click=${n}>${t}</button>`;function xr({chime:e,language:{text:t},changed:n}){return e?br(t(e.muted?`unmute`:`mute`),e.muted?q.mute():q.sound(),()=>{e.muted=!e.muted,n()}):R}function Sr({notices:e,language:{text:t},changed:n}){return!e||!(`Notification`in globalThis)||Notification.permission!=="default"?R:br(t(`allowNotices`),q.bell(16),()=>void Notification.requestPermission().then(n))}var Cr=w`
  :host {
    display: block;
    container: belfry-inbox / inline-size;
    min-height: 0;
    background: var(--_surface);
  }
  .inbox {
    display: flex;
    flex-direction: column;
    position: relative;
    height: 100%;
    max-height: inherit;
  }
  header {
    display: flex;
    align-items: center;
    gap: 2px;
    padding: 12px 12px 4px 18px;
  }
  [dir='rtl'] header {
    padding: 12px 18px 4px 12px;
  }
  h2 {
    flex: 1;
    margin: 0;
    font-size: 15px;
    font-weight: 650;
    letter-spacing: -0.012em;
  }
  .icon:disabled {
    opacity: 0.35;
    pointer-events: none;
  }
  .tabs {
    display: flex;
    gap: 2px;
    padding: 0 10px;
    border-bottom: 1px solid var(--_border);
    overflow-x: auto;
    scrollbar-width: none;
  }
  .tabs button {
    position: relative;
    flex: none;
    padding: 8px;
    color: var(--_muted);
    font-size: 13px;
    font-weight: 500;
    transition: color 0.12s;
  }
  .tabs button:hover,
  .tabs [aria-selected='true'] {
    color: var(--_text);
  }
  .tabs [aria-selected='true']::after {
    content: '';
    position: absolute;
    inset: auto 8px -1px;
    height: 2px;
    border-radius: 2px 2px 0 0;
    background: var(--_text);
  }
  .tabs button:focus-visible {
    outline-offset: -4px;
    border-radius: 9px;
  }
  .number {
    margin-inline-start: 6px;
    padding: 1px 6px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--_text) 8%, transparent);
    color: var(--_text);
    font-size: 11px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .scroll {
    position: relative;
    flex: 1;
    min-height: 0;
    overflow: auto;
    overscroll-behavior: contain;
    overflow-anchor: none;
    scrollbar-width: thin;
    scrollbar-color: var(--_border) transparent;
  }
  .feed {
    position: relative;
  }
  .row {
    position: absolute;
    inset-inline: 0;
    top: 0;
    display: flex;
    gap: 12px;
    padding: 13px 18px 13px 20px;
    border-bottom: 1px solid var(--_border);
    background: var(--_surface);
    cursor: pointer;
  }
  [dir='rtl'] .row {
    padding: 13px 20px 13px 18px;
  }
  .row:hover,
  .row:focus-within {
    background: var(--_hover);
    --_surface: var(--_hover);
  }
  .row:focus-visible {
    outline-offset: -3px;
    border-radius: 10px;
  }
  .row.nested {
    padding-inline-start: 46px;
  }
  .dot {
    position: absolute;
    inset-inline-start: 7px;
    top: 26px;
    width: 7px;
    height: 7px;
    border-radius: 50%;
  }
  .new .dot {
    background: var(--_accent);
  }
  .nested .dot {
    inset-inline-start: 30px;
  }
  .main {
    flex: 1;
    min-width: 0;
  }
  .head {
    display: flex;
    gap: 12px;
    align-items: baseline;
  }
  .title {
    flex: 1;
    min-width: 0;
    color: var(--_muted);
    font-weight: 500;
    overflow-wrap: anywhere;
  }
  .new .title {
    color: var(--_text);
    font-weight: 600;
  }
  .title,
  .body {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    text-align: start;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    -webkit-line-clamp: 2;
  }
  a.title::after {
    content: '';
    position: absolute;
    inset: 0;
  }
  /* What can be touched lies above the link, which covers the row. */
  time,
  .actions,
  .toggle {
    position: relative;
  }
  .count {
    color: var(--_level);
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  time {
    flex: none;
    color: var(--_muted);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  .body {
    margin: 1px 0 0;
    color: var(--_muted);
    font-size: 13.5px;
    overflow-wrap: anywhere;
  }
  .image {
    display: block;
    width: 100%;
    height: 140px;
    margin-top: 8px;
    border-radius: 8px;
    object-fit: cover;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-top: 9px;
  }
  .toggle {
    display: inline-flex;
    align-items: center;
    gap: 3px;
    margin-top: 5px;
    color: var(--_muted);
    font-size: 12.5px;
    font-weight: 500;
  }
  .actions + .toggle {
    margin-top: 9px;
  }
  .toggle:hover {
    color: var(--_text);
  }
  .toggle svg {
    transition: transform 0.18s var(--_ease);
  }
  .toggle[aria-expanded='true'] svg {
    transform: rotate(180deg);
  }
  .tools {
    position: absolute;
    inset-inline-end: 12px;
    top: 8px;
    display: none; /* most rows never need theirs laid out */
    padding: 2px;
    border-radius: 9px;
    background: var(--_raised);
    box-shadow: 0 0 0 1px var(--_border), 0 2px 8px rgb(0 0 0 / 8%);
    opacity: 0;
    pointer-events: none;
  }
  .row:hover .tools,
  .row.active .tools {
    display: flex;
  }
  .row:hover .tools,
  .row:focus-visible .tools,
  .row:has(:focus-visible) .tools {
    opacity: 1;
    pointer-events: auto;
  }
  @media (hover: none) {
    .row.active .tools {
      opacity: 1;
      pointer-events: auto;
    }
  }
  .menu {
    position: fixed;
    inset: auto;
    min-width: 200px;
    margin: 0;
    border: 0;
    padding: 5px;
    border-radius: 10px;
    background: var(--_raised);
    color: inherit;
    box-shadow: var(--_shadow);
  }
  .menu button {
    display: flex;
    gap: 20px;
    width: 100%;
    padding: 7px 10px;
    border-radius: 7px;
    text-align: start;
  }
  .menu button span:first-child {
    flex: 1;
  }
  .menu button:hover,
  .menu button:focus-visible {
    background: var(--_hover);
    outline-offset: -2px;
  }
  .when {
    color: var(--_muted);
    font-size: 12.5px;
  }
  @container belfry-inbox (width < 340px) {
    .row,
    [dir='rtl'] .row {
      gap: 10px;
      padding-inline: 16px 12px;
    }
    .dot {
      inset-inline-start: 5px;
    }
    .avatar {
      width: 26px;
      height: 26px;
    }
  }
`,wr={j:`next`,ArrowDown:`next`,PageDown:`next`,k:`previous`,ArrowUp:`previous`,PageUp:`previous`,Home:`first`,End:`last`,Enter:`open`,o:`open`,e:`archive`,r:`read`,u:`unread`,s:`snooze`,"#":`delete`,Delete:`delete`,z:`undo`};function Tr(e,t){if(!(e.altKey||e.metaKey))return e.ctrlKey?e.key===`Home`?`first`:e.key===`End`?`last`:void 0:e.key===`ArrowRight`?t?`collapse`:`expand`:e.key===`ArrowLeft`?t?`expand`:`collapse`:wr[e.key]}var Er=1500,Dr=class{changed;told;#e;constructor(e){this.changed=e}take({status:e}){e!==`connecting`&&(e===`waiting`?this.#e??=setTimeout(()=>this.#t(`waiting`),Er):this.#t(e===`stopped`?`stopped`:void 0))}end(){clearTimeout(this.#e),this.#e=void 0}#t(e){this.end(),this.told=e,this.changed()}},Or=`a, button, input, select, textarea, label, summary`;function kr(e){return e==null?void 0:F`<div part="content">${e}</div>`}function Ar(e){let t=e.composedPath();return t.slice(0,Math.max(0,t.findIndex(e=>e.part?.contains(`content`)))).some(e=>e.matches?.(Or))}function jr(e){let t=e.composedPath()[0];return t.isContentEditable||t.matches(`input, select, textarea`)}var Mr=6e4;function Nr(e,t){return e.group||t.group?e.group===t.group:e.type!==t.type||e.level!==t.level||e.title!==t.title?!1:Math.abs(Date.parse(e.deliveredAt)-Date.parse(t.deliveredAt))<=Mr}function Pr(e,t){let n=[],r=new Map;for(let t of e){let e=t.group?`g ${t.group}`:`s ${t.type} ${t.level} ${t.title}`,i=r.get(e);if(i&&Nr(i[0],t))i.push(t);else{let i=[t];n.push(i),r.set(e,i)}}let i=[];for(let e of n)Fr(i,e,t);return i}function Fr(e,t,n){let r=t[0];if(t.length===1)return void e.push({kind:`item`,key:r.id,item:r,nested:!1});let i=r.group?`group ${r.group}`:`same ${t.at(-1)?.id}`,a={kind:`group`,key:i,item:r,items:t,open:n.has(i)};if(e.push(a),a.open)for(let n of t)e.push({kind:`item`,key:n.id,item:n,nested:!0})}var Ir=e=>e.kind===`group`?e.items:[e.item],Lr=[`error`,`warning`,`success`,`info`],$=({level:e})=>Lr.includes(e)?e:`info`;function Rr(e,{text:t}){let[{actor:n},r]=[e,$(e)];if(!n?.name&&!n?.avatarUrl)return F`<span class="avatar ${r}" part="avatar" role="img" aria-label=${t(r)}>${q[r](18)}</span>`;let i=W(n.avatarUrl),a=F`<img src=${i??``} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer" @error=${Br}>`,o=F`<span class="level" role="img" aria-label=${t(r)}>${q[r](14)}</span>`;return F`<span class="avatar actor ${r}" part="avatar">
    <span aria-hidden="true">${zr(n.name)}</span>${i?a:R}${r===`info`?R:o}
  </span>`}function zr(e=``){let t=e.trim().split(/\s+/);return(t.length>1?[t[0],t.at(-1)]:t).map(e=>[...e??``][0]??``).join(``).toLocaleUpperCase()}function Br(e){e.target.hidden=!0}function Vr(e,t,n=0){return e.actions?.length?F`<div class="actions" part="actions">${e.actions.map(e=>Hr(e,t,n))}</div>`:R}function Hr(e,t,n){let{label:r,style:i}=e,a=W(e.url),o=`chip ${i===`primary`||i===`danger`?i:``}`,s=n=>{n.stopPropagation(),n.button<2&&t(e,n)};return a?F`<a class=${o} part="action" dir="auto" tabindex=${n} href=${a} @click=${s} @auxclick=${s}>${r}</a>`:F`<button class=${o} part="action" dir="auto" tabindex=${n} @click=${s}>${r}</button>`}function Ur(e,t,n,r,i){let{item:a}=e,{language:o,run:s,size:c}=i,l=Ir(e).filter(e=>!e.readAt).length,u=l?`${o.text(`unread`)}: `:``;return F`<article class=${[`row`,$(a),l&&`new`,e.kind===`item`&&e.nested&&`nested`,r&&`active`].filter(Boolean).join(` `)} part="item" data-key=${e.key} tabindex=${r?0:-1}
    aria-posinset=${t+1} aria-setsize=${c} aria-label="${u}${Wr(e)}${a.title}" aria-describedby=${a.body&&!i.renderItem?`body-${t}`:R}
    aria-expanded=${e.kind===`group`?e.open:R} .style=${`transform: translateY(${n}px)`}
    @click=${t=>Ar(t)||s(`open`,e,t)}>
    <span class="dot"></span>
    ${Rr(a,o)}
    <div class="main">
      ${kr(i.renderItem?.(a))??Gr(e,t,r,i)}
      ${Vr(a,(e,t)=>i.act(a,e,t),r?0:-1)}
      ${e.kind===`group`?qr(e,r,i):R}
    </div>
    ${Jr(e,l>0,r,i)}
  </article>`}var Wr=e=>e.kind===`group`?`${e.items.length} × `:``;function Gr(e,t,n,r){let[{item:i},{language:{locale:a,text:o},now:s}]=[e,r],c=i.snoozedUntil??i.deliveredAt,l=W(i.imageUrl);return F`<div class="head">
      ${Kr(e,n,r)}
      <time datetime=${c} title=${ar(c,a)}>${i.snoozedUntil?`${o(`wakes`)} `:R}${rr(c,s,a)}</time>
    </div>
    ${i.body?F`<p class="body" part="body" id="body-${t}" dir="auto">${i.body}</p>`:R}
    ${l?F`<img class="image" part="image" src=${l} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer">`:R}`}function Kr(e,t,{run:n}){let r=W(e.item.actionUrl),i=F`${e.kind===`group`?F`<b class="count">${e.items.length} ×</b> `:R}${e.item.title}`;return r?F`<a class="title" part="title" dir="auto" href=${r} tabindex=${t?0:-1} @auxclick=${t=>{t.button===1&&n(`open`,e,t)}}>${i}</a>`:F`<span class="title" part="title" dir="auto">${i}</span>`}function qr(e,t,{language:{text:n},run:r}){let i=e.open?n(`collapse`):n(`expand`,e.items.length);return F`<button class="toggle" tabindex=${t?0:-1} aria-expanded=${e.open}
    @click=${Yr(()=>r(e.open?`collapse`:`expand`,e))}>${i}${q.chevron()}</button>`}function Jr(e,t,n,{language:{text:r},filter:i,run:a}){let o=(t,r,i)=>F`<button class="icon"
    tabindex=${n?0:-1} aria-label=${r} title=${r} data-command=${t}
    @click=${Yr(n=>a(t,e,n))}>${i}</button>`,s=i===`snoozed`;return F`<div class="tools" part="tools">
    ${t?o(`read`,r(`markRead`),q.check()):o(`unread`,r(`markUnread`),q.dot())}
    ${i===`archived`?R:o(`snooze`,r(s?`unsnooze`:`snooze`),s?q.bell(16):q.clock())}
    ${i===`archived`?o(`archive`,r(`unarchive`),q.unarchive()):o(`archive`,r(`archive`),q.archive())}
    ${o(`delete`,r(`delete`),q.trash())}
  </div>`}var Yr=e=>t=>{t.stopPropagation(),e(t)},Xr=class{host;changed;#e=!1;#t=new IntersectionObserver(e=>{this.#e=e.at(-1)?.isIntersecting??!1,this.changed()});constructor(e,t){this.host=e,this.changed=t,e.addController(this)}get visible(){return this.#e&&!document.hidden}hostConnected(){this.#t.observe(this.host),document.addEventListener(`visibilitychange`,this.changed)}hostDisconnected(){this.#t.disconnect(),this.#e=!1,document.removeEventListener(`visibilitychange`,this.changed)}};function Zr(e){let t=t=>new Date(e.getFullYear(),e.getMonth(),e.getDate()+t,9),n=(8-e.getDay())%7||7;return[[`hour`,new Date(e.getTime()+36e5)],[`tomorrow`,t(1)],[`week`,t(n>1?n:8)]]}function Qr({text:e,locale:t},n){return F`<div class="menu" part="menu" popover="auto" role="menu" aria-label=${e(`snooze`)} @keydown=${$r}>
    ${Zr(new Date).map(([r,i])=>F`<button role="menuitem" tabindex="-1" @click=${()=>n(i)}>
        <span>${e(r)}</span><span class="when">${or(i,Date.now(),t)}</span>
      </button>`)}
  </div>`}function $r(e){e.stopPropagation();let t={ArrowDown:1,ArrowUp:-1}[e.key];if(!t)return;e.preventDefault();let n=[...e.currentTarget.querySelectorAll(`[role=menuitem]`)],r=n.findIndex(e=>e.matches(`:focus`));n.at((r+t)%n.length)?.focus()}function ei({items:e,status:t},n,r,{text:i},a){return n?R:t===`failed`?F`<div class="state" role="alert"><span class="halo down">${q.offline()}</span>
      <p>${i(`failed`)}</p><button class="chip" @click=${a}>${i(`retry`)}</button></div>`:t!==`ready`&&!e.length?ni(i(`loading`)):F`<slot name="empty"><div class="state">
    <span class="halo">${r?q.inbox(22):q.check()}</span>
    <p class="strong">${i(ti[r])}</p>${r?R:F`<p>${i(`emptyAllHint`)}</p>`}
  </div></slot>`}var ti={"":`emptyAll`,unread:`emptyUnread`,snoozed:`emptySnoozed`,archived:`emptyArchived`},ni=e=>F`<div class="skeleton" role="status" aria-label=${e}>
  ${[1,2,3,4,5].map(()=>F`<div><i class="round"></i><span><i></i><i></i></span></div>`)}
</div>`;function ri(e,{text:t},n){let r=F`<button class="link" @click=${n}>${t(`retry`)}</button>`;return F`<div role="status">${e?F`<div class="strip" part="offline">${q.offline()}<span>${t(e===`stopped`?`stopped`:`offline`)}</span>${r}</div>`:R}</div>`}function ii(e,{text:t},n){return F`<div role="status">${e?F`<div class="undo" part="undo"><span>${e.text}</span><button class="link" @click=${n}>${t(`undo`)}</button></div>`:R}</div>`}var ai=w`
  .state {
    display: grid;
    justify-items: center;
    gap: 4px;
    padding: 72px 32px;
    color: var(--_muted);
    text-align: center;
  }
  .state p {
    margin: 0;
  }
  .state .chip {
    margin-top: 10px;
    color: var(--_text);
  }
  .strong {
    color: var(--_text);
    font-weight: 600;
  }
  .halo {
    display: grid;
    place-items: center;
    width: 52px;
    height: 52px;
    margin-bottom: 10px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--_accent) 11%, transparent);
    color: var(--_accent);
  }
  .halo.down {
    background: color-mix(in srgb, var(--_warning) 13%, transparent);
    color: var(--_warning);
  }
  .halo svg {
    width: 24px;
    height: 24px;
  }
  .skeleton div {
    display: flex;
    gap: 12px;
    padding: 14px 20px;
    animation: breathe 1.6s ease-in-out infinite;
  }
  .skeleton span {
    flex: 1;
  }
  .skeleton i {
    display: block;
    width: 45%;
    height: 10px;
    margin: 4px 0 10px;
    border-radius: 5px;
    background: color-mix(in srgb, var(--_text) 9%, transparent);
  }
  .skeleton i + i {
    width: 80%;
  }
  .skeleton .round {
    width: 32px;
    height: 32px;
    margin: 0;
    border-radius: 50%;
  }
  @keyframes breathe {
    50% {
      opacity: 0.45;
    }
  }
  .strip {
    display: flex;
    align-items: center;
    gap: 9px;
    padding: 8px 18px;
    border-bottom: 1px solid var(--_border);
    background: color-mix(in srgb, var(--_warning) 9%, var(--_surface));
    font-size: 12.5px;
  }
  .strip svg {
    color: var(--_warning);
  }
  .strip span,
  .undo span {
    flex: 1;
  }
  .link {
    font-weight: 600;
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .undo {
    position: absolute;
    inset: auto 14px 14px;
    display: flex;
    gap: 14px;
    width: fit-content;
    min-width: 180px;
    margin: 0 auto;
    padding: 9px 14px;
    border-radius: 10px;
    background: light-dark(#1d1e23, #ececef);
    color: light-dark(#fff, #17181c);
    box-shadow: 0 6px 24px rgb(0 0 0 / 25%);
    font-size: 13px;
    animation: rise 0.22s var(--_ease);
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }
`,oi=class{estimate;#e=new Map;#t=[];#n=new Float64Array(1);constructor(e){this.estimate=e}get height(){return this.#n[this.#t.length]}lay(e){this.#t=e,this.#n=new Float64Array(e.length+1);for(let t=0;t<e.length;t++)this.#n[t+1]=this.#n[t]+(this.#e.get(e[t])??this.estimate)}measure(e,t){let n=[...e].filter(([e,t])=>this.#e.get(e)!==t);if(!n.length)return;let r=this.at(t),i=this.top(r);for(let[e,t]of n)this.#e.set(e,t);return this.lay(this.#t),this.top(r)-i}top(e){return this.#n[Math.min(e,this.#t.length)]}at(e){let[t,n]=[0,this.#t.length];for(;t<n;){let r=t+n>>1;this.#n[r+1]<=e?t=r+1:n=r}return t}range(e,t,n=4){let{length:r}=this.#t;return[Math.max(0,this.at(e)-n),Math.min(r,this.at(e+t)+1+n)]}},si={items:[],counts:{unread:0,unseen:0},status:`pending`,hasMore:!1,error:void 0},ci=8,li=class extends G{static styles=[Mn,Cr,ai];static properties={tabs:{attribute:!1},tab:{},renderItem:{attribute:!1}};#e=new Map;#t=new oi(76);#n=new Xr(this,()=>this.#F());#r=new fr(()=>({inbox:this.belfry?.inbox,language:this.language,mark:e=>this.mark(e),changed:()=>this.requestUpdate()}));#i=new Set;#a=new ResizeObserver(e=>this.#N(e));#o=()=>this.#r.undo.commit();#s=[];#c=[];#l;#u=0;#d=!1;#f=new Dr(()=>this.requestUpdate());#p=``;#m;#h;#g=new Map;#_=[];connectedCallback(){super.connectedCallback(),this.#h=lr(()=>this.requestUpdate()),addEventListener(`pagehide`,this.#o)}disconnectedCallback(){super.disconnectedCallback(),this.#h?.(),this.#f.end(),this.#o(),removeEventListener(`pagehide`,this.#o),this.#D()}focus(e){(this.#w(this.#l)??this.renderRoot.querySelector(`[role=tab][aria-selected=true]`))?.focus(e)}attach(e){this.#f.take(e.connection);let t=[e.on(`connection`,e=>this.#f.take(e)),e.on(`counts`,()=>this.#F()),e.on(`notification`,(e,{live:t})=>this.#P(e,t))];return()=>t.forEach(e=>e())}willUpdate(e){super.willUpdate(e),this.#T();let t=[this.#S.items,this.#i.size,this.#r.hidden.size,[...this.#i].join()];this.#d=!!this.renderRoot?.activeElement?.closest(`.feed`),t.some((e,t)=>e!==this.#c[t])&&this.#v(),this.#c=t}#v(){let e=this.#C,t=this.#t.at(e?.scrollTop??0),[n,r]=[this.#s[t]?.key,(e?.scrollTop??0)-this.#t.top(t)],i=this.#r.hidden.size?this.#S.items.filter(e=>!this.#r.hidden.has(e.id)):this.#S.items;this.#s=Pr(i,this.#i),this.#t.lay(this.#s.map(e=>e.key));let a=this.#s.findIndex(e=>e.key===this.#l);this.#u=a>=0?a:Math.min(this.#u,Math.max(0,this.#s.length-1)),this.#l=this.#s[this.#u]?.key;let o=e?.scrollTop?this.#s.findIndex(e=>e.key===n):-1;o>=0&&e&&(e.scrollTop=this.#t.top(o)+r)}updated(){this.#a.disconnect();for(let e of this.renderRoot.querySelectorAll(`article`))this.#a.observe(e);this.#d&&!this.renderRoot.activeElement&&this.focus({preventScroll:!0});let[,e]=this.#k(),{status:t,hasMore:n}=this.#S;t===`ready`&&n&&e>this.#s.length-ci&&this.#O()?.loadMore()}render(){let{language:e,shownTab:t}=this,n=F`<div class="scroll" id="panel" role="tabpanel" aria-labelledby="tab-${t.id}" @scroll=${this.#M}>
      <div class="feed" role=${this.#s.length?`feed`:`presentation`} aria-busy=${this.#S.status===`loading`}
        aria-label=${this.#s.length?e.text(`notifications`):R}
        .style=${`height: ${this.#t.height}px`} @keydown=${this.#z} @focusin=${this.#R}>
        ${Yn(this.#A(),e=>this.#s[e]?.key,e=>this.#b(e))}
      </div>
      ${ei(this.#S,this.#s.length,t.filter??``,e,this.#I)}
    </div>`;return F`<div class="inbox" part="inbox" dir=${e.dir}>
      ${_r(this.#y())}
      ${ri(this.#f.told,e,this.#I)}
      ${n}
      ${ii(this.#r.undo.current,e,()=>this.#r.undo.undo())}
      <div class="sr" role="status">${this.#p}</div>
      ${Qr(e,e=>this.#W(e))}
    </div>`}#y(){let{language:e,scope:t,shownTabs:n,shownTab:r}=this;return{language:e,tabs:n,shown:r.id,snapshots:this.#e,chime:t?.chime,notices:!!t?.notices,unread:this.#S.counts.unread,any:this.#s.length>0,choose:e=>this.#L(e),readAll:()=>this.mark(this.belfry?.inbox.markAllRead()),archiveAll:()=>this.#r.archiveAll(this.#S.items.map(e=>e.id),!this.#S.hasMore),changed:()=>this.requestUpdate()}}#b(e){let{language:t,renderItem:n}=this,r={language:t,renderItem:n,now:Date.now(),filter:this.#x,size:this.#S.hasMore?-1:this.#s.length,run:(e,t,n)=>this.#B(e,t,n),act:(e,t,n)=>this.act(e,t,n)};return Ur(this.#s[e],e,this.#t.top(e),e===this.#u,r)}get shownTabs(){return this.tabs?.length?this.tabs:pr}get shownTab(){return this.shownTabs.find(e=>e.id===this.tab)??this.shownTabs[0]}get#x(){return this.shownTab.filter??``}get#S(){return this.#e.get(this.shownTab.id)??si}get#C(){return this.renderRoot?.querySelector(`.scroll`)??null}#w(e){return[...this.renderRoot.querySelectorAll(`article`)].find(t=>t.dataset.key===e)}#T(){let{belfry:e,shownTabs:t,shownTab:n}=this;if((e!==this.#_[0]||t!==this.#_[1])&&this.#D(),this.#_=[e,t],!e)return;let r=this.#S.status===`ready`&&this.hasUpdated?t:[n];for(let t of r)this.#g.has(t.id)||this.#g.set(t.id,mr(e,t).subscribe(e=>this.#E(t.id,e)))}#E(e,t){let n=this.#e.get(e)?.items??[],r=n.length===t.items.length&&n.every((e,n)=>e===t.items[n]);this.#e.set(e,r?{...t,items:n}:t),this.requestUpdate()}#D(){this.#g.forEach(e=>e()),this.#g.clear(),this.#_=[],this.#e.clear()}#O(){return this.belfry&&mr(this.belfry,this.shownTab)}#k(){let e=this.#C;return this.#t.range(e?.scrollTop??0,e?.clientHeight||700)}#A(){let[e,t]=this.#k(),n=Array.from({length:t-e},(t,n)=>e+n);return this.#u<e&&this.#s.length?[this.#u,...n]:this.#u>=t&&this.#u<this.#s.length?[...n,this.#u]:n}#j=``;#M=()=>{let e=this.#k().join();e!==this.#j&&this.requestUpdate(),this.#j=e};#N(e){let t=new Map(e.map(({target:e,borderBoxSize:[t]})=>[e.dataset.key??``,t?.blockSize??0])),n=this.#C,r=this.#t.measure(t,n?.scrollTop??0);r!==void 0&&(r&&n&&(n.scrollTop+=r),this.requestUpdate())}#P(e,t){t&&e.inbox!==!1&&this.matches(`:focus-within`)&&(this.#p=this.language.text(`arrived`,1),this.requestUpdate())}#F(){let{belfry:e}=this;e?.cursor&&this.#n.visible&&e.inbox.counts.unseen&&this.mark(e.inbox.markAllSeen())}#I=()=>{this.belfry?.connect(),this.#S.status===`failed`&&this.#O()?.loadMore()};#L(e){this.tab=e,this.#u=0,this.#l=void 0,this.#C?.scrollTo({top:0})}#R(e){let t=e.composedPath().find(e=>e.localName===`article`)?.dataset.key;t&&t!==this.#l&&(this.#l=t,this.#u=this.#s.findIndex(e=>e.key===t),this.requestUpdate())}#z(e){let t=Tr(e,this.language.dir===`rtl`),n=this.#s[this.#u];t&&n&&!jr(e)&&(t===`open`&&e.target.closest(`a, button`)||(e.preventDefault(),this.#B(t,n,e)))}#B(e,t,n){let r=Ir(t).map(e=>e.id),i=this.belfry?.inbox,a={next:this.#u+1,previous:this.#u-1,first:0,last:this.#s.length-1}[e];if(a!==void 0)return void this.#V(a);switch(e){case`open`:return t.kind===`group`&&!t.open&&n?.type===`keydown`?this.#H(t,!0):this.openItem(t.item,n);case`read`:return this.mark(i?.markRead(r));case`unread`:return this.mark(i?.markUnread(r));case`archive`:return this.#x===`archived`?this.mark(i?.unarchive(r)):this.#r.archive(r);case`delete`:return this.#r.delete(r);case`snooze`:return this.#x===`snoozed`?this.mark(i?.unsnooze(r)):this.#U(t);case`undo`:return this.#r.undo.undo();default:return this.#H(t,e===`expand`)}}async#V(e){this.#u=Math.max(0,Math.min(e,this.#s.length-1)),this.#l=this.#s[this.#u]?.key,this.requestUpdate(),await this.updateComplete;let t=this.#w(this.#l);t?.focus({preventScroll:!0}),t?.scrollIntoView({block:`nearest`})}#H(e,t){e.kind===`group`&&(t?this.#i.add(e.key):this.#i.delete(e.key),this.requestUpdate())}#U(e){let t=this.renderRoot.querySelector(`.menu`),n=this.#w(e.key);if(!t||!n)return;this.#m=e,t.showPopover();let[r,i]=[n.getBoundingClientRect(),this.language.dir===`rtl`],a=i?r.left+12:r.right-t.offsetWidth-12,o=Math.max(8,Math.min(r.top+34,innerHeight-t.offsetHeight-8));Object.assign(t.style,{left:`${a}px`,top:`${o}px`}),t.querySelector(`[role=menuitem]`)?.focus()}#W(e){let t=this.#m;this.renderRoot.querySelector(`.menu`)?.hidePopover(),t&&(this.#r.snooze(Ir(t).map(e=>e.id),e),this.focus({preventScroll:!0}))}},ui={info:[659.3,880],success:[783.99,1174.7],warning:[587.3,587.3],error:[440,329.6]},di=2e3,fi=`belfry-muted`,pi=class{#e;#t=-1/0;#n=()=>{this.#e??=new AudioContext,this.#e.resume()};constructor(){for(let e of mi)addEventListener(e,this.#n,{once:!0,capture:!0})}get muted(){return _i()}set muted(e){vi(e)}ring(e,t=performance.now()){return this.#e?.state!==`running`||_i()||t-this.#t<di?!1:(this.#t=t,ui[e].forEach((e,t)=>hi(this.#e,e,t*.11)),!0)}close(){for(let e of mi)removeEventListener(e,this.#n,{capture:!0});this.#e?.close(),this.#e=void 0}},mi=[`pointerdown`,`keydown`];function hi(e,t,n){let[r,i]=[e.createOscillator(),e.createGain()],a=e.currentTime+n;r.frequency.value=t,i.gain.setValueAtTime(0,a),i.gain.linearRampToValueAtTime(.12,a+.012),i.gain.exponentialRampToValueAtTime(1e-4,a+.5),r.connect(i).connect(e.destination),r.start(a),r.stop(a+.5)}var gi=!1;function _i(){try{return localStorage.getItem(fi)===`1`}catch{return gi}}function vi(e){gi=e;try{localStorage.setItem(fi,e?`1`:`0`)}catch{}}function yi(e,{chime:t,notices:n,open:r}){let i=[e.on(`notification`,(e,{alert:i})=>{i&&e.priority!==`low`&&(t?.ring($(e)),n&&document.hidden&&xi(e,r))}),e.on(`summary`,(e,{alert:n})=>{let r=e.filter(e=>e.priority!==`low`);n&&r.length&&t?.ring(bi(r))})];return()=>i.forEach(e=>e())}var bi=e=>Lr.find(t=>e.some(e=>$(e)===t))??`info`;function xi(e,t){if(!(`Notification`in globalThis)||Notification.permission!==`granted`)return;let n=W(e.actor?.avatarUrl),r=new Notification(e.title,{body:e.body??``,tag:e.id,silent:!0,...n?{icon:n}:{}});r.onclick=()=>{r.close(),focus(),t(e)}}function Si(e,{title:t,favicon:n,appBadge:r}){let i=e=>{t&&(document.title=Ci(document.title,e)),n&&Ti(e?n:void 0),r&&navigator.setAppBadge?.(e).catch(()=>{})},a=e.on(`counts`,({unread:e})=>i(e));return i(e.inbox.counts.unread),()=>{a(),i(0)}}function Ci(e,t){let n=e.replace(/^\(\d+\) /,``);return t?`(${t}) ${n}`:n}var wi;function Ti(e){let t=document.querySelector(`link[rel~="icon"]`);t&&(wi??=t.href,t.href=e??wi)}var Ei=class extends G{static styles=w`
    :host { display: contents; }
    :host([theme='system']) { color-scheme: light dark; }
    :host([theme='light']) { color-scheme: light; }
    :host([theme='dark']) { color-scheme: dark; }
  `;static properties={url:{},token:{},getToken:{attribute:!1},locale:{},strings:{attribute:!1},sound:{type:Boolean},tabTitle:{type:Boolean,attribute:`tab-title`},favicon:{},appBadge:{type:Boolean,attribute:`app-badge`},systemNotice:{type:Boolean,attribute:`system-notice`}};#e;#t;#n;#r=new Set;#i=[];constructor(){super(),this.theme=`system`,this.addEventListener(gn.type,e=>this.#a(e))}disconnectedCallback(){super.disconnectedCallback(),queueMicrotask(()=>this.isConnected||this.#l())}willUpdate(e){(e.has(`url`)||e.has(`token`)||e.has(`getToken`)||!this.#e)&&this.#o(),!!this.sound!=!!this.#t&&this.#s(),this.#n={client:this.belfry,language:Dn(On(this.locale||this.closest(`[lang]`)?.getAttribute(`lang`)||`en`),this.strings),theme:this.theme??`system`,navigate:this.navigate,chime:this.#t,notices:this.systemNotice};for(let e of this.#r)e(this.#n);this.#c()}render(){return F`<slot></slot>`}get belfry(){return this.client??this.#e}attach(){return()=>{}}#a(e){e.composedPath()[0]!==this&&(e.stopPropagation(),this.#r.add(e.callback),e.off=()=>this.#r.delete(e.callback),this.#n&&e.callback(this.#n))}#o(){this.#e?.disconnect();let{url:e,token:t,getToken:n}=this;if(this.#e=void 0,this.client||!e||!(t||n))return;let r={url:e,...n?{getToken:n}:{token:t}};this.#e=bt(r),this.#e.connect()}#s(){this.#t?.close(),this.#t=this.sound?new pi:void 0}#c(){this.#i.forEach(e=>e());let e=this.belfry;if(!e)return void(this.#i=[]);let t=e=>this.openItem(e);this.#i=[Si(e,{title:this.tabTitle,favicon:this.favicon,appBadge:this.appBadge}),yi(e,{chime:this.#t,notices:this.systemNotice,open:t})]}#l(){this.#i.forEach(e=>e()),this.#i=[],this.#e?.disconnect(),this.#e=void 0,this.#t?.close(),this.#t=void 0}},Di=5e3;function Oi(e,t){return t&&!e.silent&&e.priority!==`low`&&e.inbox!==!1}function ki(e,t){let n=e.find(e=>e.item&&(e.item.id===t.id||Nr(e.item,t))),r=[...new Set([...n?.ids??[],t.id])],i=t.priority===`urgent`||n?.left===1/0?1/0:Di;return Fi([{key:n?.key??t.id,item:t,ids:r,count:r.length,left:i},...e.filter(e=>e!==n)])}function Ai(e,t){return Fi([{key:`summary`,item:void 0,ids:[],count:t,left:Di},...e.filter(e=>e.key!==`summary`)])}var ji=e=>e.slice(0,3);function Mi(e,t){return e.map((e,n)=>n<3?{...e,left:e.left-t}:e).filter(e=>e.left>0)}var Ni=(e,t)=>e.filter(e=>e.key!==t);function Pi(e,t){return e.flatMap(e=>{if(!e.ids.includes(t))return[e];let n=e.ids.filter(e=>e!==t);return n.length&&e.item?.id!==t?[{...e,ids:n,count:n.length}]:[]})}var Fi=e=>e.filter((e,t)=>t<3||e.left===1/0),Ii=w`
  :host {
    position: fixed;
    z-index: var(--belfry-toast-layer, 2147483000);
    width: min(380px, calc(100vw - 32px));
    pointer-events: none;
  }
  :host([position^='top']) {
    top: 16px;
  }
  :host([position^='bottom']) {
    bottom: 16px;
  }
  :host([position$='start']) {
    inset-inline-start: 16px;
  }
  :host([position$='end']) {
    inset-inline-end: 16px;
  }
  :host([position$='center']) {
    left: 50%;
    translate: -50%;
  }
  ol {
    display: flex;
    flex-direction: column;
    gap: 10px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  :host([position^='bottom']) ol {
    flex-direction: column-reverse;
  }
  li {
    position: relative;
    display: flex;
    gap: 12px;
    align-items: flex-start;
    padding: 13px 14px;
    border-radius: var(--_radius);
    background: var(--_raised);
    box-shadow: var(--_shadow);
    pointer-events: auto;
    cursor: pointer;
    animation: arrive 0.34s var(--_ease);
    --_surface: var(--_raised);
  }
  li.urgent {
    box-shadow: inset 0 0 0 1.5px var(--_level), var(--_shadow);
  }
  @keyframes arrive {
    from {
      opacity: 0;
      transform: translateY(var(--_from, 14px)) scale(0.97);
    }
  }
  :host([position^='top']) li {
    --_from: -14px;
  }
  .text {
    flex: 1;
    min-width: 0;
    padding-block: 1px;
  }
  .title {
    display: block;
    width: 100%;
    font-weight: 600;
    text-align: start;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    overflow-wrap: anywhere;
  }
  .title,
  .body {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .body {
    text-align: start;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    margin: 1px 0 0;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  .count {
    margin-inline-end: 5px;
    padding: 0 6px;
    border-radius: 9px;
    background: color-mix(in srgb, var(--_level) 14%, transparent);
    color: var(--_level);
    font-size: 12px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-top: 9px;
  }
  a.title::after {
    content: '';
    position: absolute;
    inset: 0;
  }
  /* Above the link, which covers the toast. */
  .icon,
  .actions {
    position: relative;
  }
  .icon {
    margin: -4px;
    margin-inline-start: 0;
  }
`,Li=250,Ri=class extends G{static styles=[Mn,Ii];static properties={position:{reflect:!0},renderItem:{attribute:!1},queue:{state:!0}};#e;#t=!1;#n=``;#r=``;constructor(){super(),this.position=`bottom-end`,this.queue=[],this.addEventListener(`pointerenter`,()=>this.#t=!0),this.addEventListener(`pointerleave`,()=>this.#t=this.matches(`:focus-within`)),this.addEventListener(`focusin`,()=>this.#t=!0),this.addEventListener(`focusout`,()=>this.#t=this.matches(`:hover`))}disconnectedCallback(){super.disconnectedCallback(),this.#l(),this.queue=[]}attach(e){let t=[e.on(`notification`,(e,{live:t})=>this.#i(e,t)),e.on(`summary`,e=>this.#a(e)),e.on(`updated`,e=>this.#s(e)),e.on(`removed`,({id:e})=>this.queue=Pi(this.queue,e)),e.on(`counts`,()=>this.#c(e.inbox.items))];return()=>t.forEach(e=>e())}#i(e,t){Oi(e,t)&&(this.queue=ki(this.queue,e),this.#o(e.title,e.priority===`urgent`||e.level===`error`))}#a(e){let{length:t}=e.filter(e=>e.priority!==`low`);t&&(this.queue=Ai(this.queue,t),this.#o(this.language.text(`away`,t),!1))}#o(e,t){t?this.#r=e:this.#n=e}#s(e){(e.readAt||e.archivedAt||e.snoozedUntil||e.seenAt&&e.priority!==`urgent`)&&(this.queue=Pi(this.queue,e.id))}#c(e){if(!this.queue.length)return;let t=new Set(this.queue.flatMap(e=>e.ids));for(let n of e)t.has(n.id)&&this.#s(n)}updated(e){e.has(`queue`)&&(this.queue.length||(this.#t=!1),ji(this.queue).some(e=>e.left<1/0)?this.#e??=setInterval(this.#u,Li):this.#l())}#l(){clearInterval(this.#e),this.#e=void 0}#u=()=>{this.#t||document.hidden||(this.queue=Mi(this.queue,Li))};render(){let{text:e,dir:t}=this.language;return F`<section aria-label=${e(`notifications`)} dir=${t}>
      <div class="sr" role="status">${this.#n}</div>
      <div class="sr" role="alert">${this.#r}</div>
      <ol>${Yn(ji(this.queue),e=>e.key,e=>e.item?this.#d(e,e.item):this.#f(e))}</ol>
    </section>`}#d(e,t){let n=F`<span class="count">${e.count} ×</span>`,r=W(t.actionUrl),i=F`${e.count>1?n:R}${t.title}`,a=n=>{n.button<2&&!Ar(n)&&this.#m(e,t,n)},o=F`${r?F`<a class="title" dir="auto" href=${r} @auxclick=${a}>${i}</a>`:F`<button class="title" dir="auto">${i}</button>`}
      ${t.body?F`<p class="body" dir="auto">${t.body}</p>`:R}`;return F`<li part="toast" class="${$(t)} ${t.priority===`urgent`?`urgent`:``}" @click=${a}>
      ${Rr(t,this.language)}
      <div class="text">${kr(this.renderItem?.(t))??o}${Vr(t,(n,r)=>{this.act(t,n,r),this.#h(e)})}</div>
      ${this.#p(e)}
    </li>`}#f(e){return F`<li part="toast" class="info">
      <span class="avatar info">${q.inbox(18)}</span>
      <div class="text"><span class="title">${this.language.text(`away`,e.count)}</span></div>
      ${this.#p(e)}
    </li>`}#p(e){return F`<button class="icon" aria-label=${this.language.text(`close`)} @click=${t=>{t.stopPropagation(),this.#h(e)}}>${q.close()}</button>`}#m(e,t,n){this.openItem(t,n),this.#h(e)}#h({key:e}){this.queue=Ni(this.queue,e)}};Y(`belfry-provider`,Ei),Y(`belfry-inbox`,li),Y(`belfry-bell`,Ln),Y(`belfry-toasts`,Ri);export{yn as ActionEvent,Ln as BelfryBell,i as BelfryError,li as BelfryInbox,Ei as BelfryProvider,Ri as BelfryToasts,vn as OpenEvent,bn as ToggleEvent,bt as createClient,pr as defaultTabs,W as safeUrl,Tn as tables};