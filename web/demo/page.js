// The demo: one inbox on a page, and what goes over the wire to keep it true.

import { Inbox } from "./inbox.js";
import { Stream } from "./stream.js";
import { sample } from "./samples.js";

const $ = (id) => document.getElementById(id);
const base = location.pathname.replace(/\/$/, "");
const me = new URLSearchParams(location.search).get("user") === "bob" ? "bob" : "ann";
const other = me === "ann" ? "bob" : "ann";
const names = { ann: "Ann", bob: "Bob" };
const topic = "doc.roadmap";

const inbox = new Inbox();
const came = new Map(); // id → how it came: {way: "live" | "replayed", ms}
const rows = new Map(); // id → its element
let key = "", tab = "inbox", target = "me", session = "", seen = 0, state = "connecting";

// --- the line ---

const stream = new Stream({
  url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${base}/v1/ws`,
  cursor: () => inbox.cursor,
  token: async () => {
    const r = await fetch(`${base}/demo/token?user=${me}`);
    if (!r.ok) throw new Error(r.statusText);
    const got = await r.json();
    key = got.key;
    showCurl();
    return got.token;
  },
  frame: take,
  state: showState,
});

function take(frame) {
  show("in", frame);
  const fresh = frame.type === "notification" && frame.op === "created" && !inbox.items.has(frame.item.id);
  inbox.apply(frame);
  if (fresh) arrived(frame.item);
  if (frame.type === "welcome") {
    session = frame.session;
    if (!frame.resumed) came.clear();
    showState("replaying");
  }
  if (frame.type === "live") showState("live");
  render();
}

function arrived(item) {
  if (item.inbox === false) return;
  if (!inbox.live) return came.set(item.id, { way: "replayed" });
  came.set(item.id, { way: "live", ms: Math.max(0, Date.now() - Date.parse(item.deliveredAt)) });
  $("bell-button").classList.remove("rings");
  void $("bell-button").offsetWidth; // begins the animation anew
  $("bell-button").classList.add("rings");
  if (!item.silent && item.priority !== "low") toast(item);
}

function mark(action, what) {
  const frame = { type: "mark", action, upTo: inbox.cursor, ref: String(++seen), ...what };
  if (stream.send(frame)) show("out", frame);
}

// --- the inbox ---

let due = false;
function render() {
  const { unread } = inbox.counts;
  document.title = unread ? `(${unread}) Belfry` : "Belfry";
  if (due) return;
  due = true;
  (document.hidden ? setTimeout : requestAnimationFrame)(() => {
    due = false;
    paint();
  });
}

const views = {
  inbox: (it) => !it.archivedAt && !it.snoozedUntil,
  unread: (it) => !it.archivedAt && !it.snoozedUntil && !it.readAt,
  archived: (it) => it.archivedAt,
};
const nothing = {
  inbox: ["Nothing here yet", "What happens next will ring the bell."],
  unread: ["All caught up", "You have read everything."],
  archived: ["Nothing archived", "What you put away is found here."],
};

function paint() {
  const list = inbox.list().filter(views[tab]).slice(0, 100);
  const shown = new Set(list.map((it) => it.id));
  for (const [id, row] of rows) if (!shown.has(id)) row.remove(), rows.delete(id);
  let at = $("items").firstElementChild;
  for (const it of list) {
    const row = rows.get(it.id) ?? makeRow(it);
    fillRow(row, it);
    if (row === at) at = at.nextElementSibling;
    else $("items").insertBefore(row, at);
  }
  $("empty").hidden = list.length > 0;
  $("empty").children[1].textContent = nothing[tab][0];
  $("empty").children[2].textContent = nothing[tab][1];
  const { unread, unseen, p, s } = inbox.counts;
  $("badge").hidden = unread === 0;
  $("badge").textContent = unread > 999 ? "999+" : unread;
  $("read-all").disabled = unread === 0 || state !== "live";
  facts([["Unread, unseen", `${unread}, ${unseen}`], ["True at", `p ${p}, s ${s}`], ["Follows", [...inbox.follows].join(", ") || "–"], ["Session", session || "–"], ["Cursor", inbox.cursor ?? "–", "code"]]);
}

function makeRow(it) {
  const row = $("item-template").content.firstElementChild.cloneNode(true);
  row.dataset.id = it.id;
  if (came.has(it.id)) row.classList.add("new");
  rows.set(it.id, row);
  return row;
}

function fillRow(row, it) {
  row.dataset.level = it.level;
  row.classList.toggle("read", Boolean(it.readAt));
  const face = row.querySelector(".face");
  face.classList.toggle("plain", !it.actor?.name);
  if (it.actor?.name) paintFace(face, it.actor.name);
  use(face.querySelector("svg"), it.level);
  put(row, ".title", it.title);
  put(row, ".body", it.body ?? "");
  put(row, ".to", it.to.user ? "to you" : it.to.all ? "to everyone" : it.to.topic);
  const time = row.querySelector("time");
  time.dateTime = it.deliveredAt;
  time.textContent = ago(it.deliveredAt);
  const how = came.get(it.id);
  const label = row.querySelector(".came");
  label.textContent = how ? (how.way === "live" ? `live, ${how.ms} ms` : "replayed") : "";
  label.dataset.came = how?.way ?? "";
  fillTools(row, it);
}

function fillTools(row, it) {
  const [read, archive] = row.querySelectorAll(".tools button");
  tool(read, it.readAt ? "unread" : "read", it.readAt ? "Mark as unread" : "Mark as read", it.readAt ? "unread" : "check");
  tool(archive, it.archivedAt ? "unarchive" : "archive", it.archivedAt ? "Back to the inbox" : "Archive", it.archivedAt ? "restore" : "archive");
  const actions = row.querySelector(".actions");
  const wanted = it.readAt ? [] : (it.actions ?? []);
  actions.replaceChildren(...wanted.map((a) => {
    const b = document.createElement("button");
    b.className = `button ${a.style ?? ""}`;
    b.dataset.do = "read";
    b.textContent = a.label;
    return b;
  }));
}

function tool(button, action, label, icon) {
  button.dataset.do = action;
  button.title = label;
  button.setAttribute("aria-label", label);
  use(button.querySelector("svg"), icon);
}

// --- the rest of the page ---

function showState(name, detail = {}) {
  state = name;
  const text = {
    connecting: "Connecting", replaying: "Catching up", live: "Live", cut: "Cut",
    waiting: `Back in ${(detail.wait / 1000).toFixed(1)} s`, refused: `Refused: ${detail.reason ?? detail.code}`,
  };
  $("state").dataset.state = name;
  $("state").lastElementChild.textContent = text[name];
  $("state").title = detail.reason ?? "";
  $("line").setAttribute("aria-checked", String(!stream.cut));
  document.body.classList.toggle("offline", name !== "live");
  if (name === "waiting") show("none", { type: "waiting", reason: detail.reason });
  if (name === "cut") show("none", { type: "cut", reason: "the line is cut" });
  render();
}

const summaries = {
  welcome: (f) => (f.resumed ? "resumed" : `${f.reset ? "reset, " : ""}${f.items.length} items, ${f.counts.unread} unread`),
  notification: (f) => `${f.op} ${f.item.title ?? f.item.id.slice(-8)}`,
  receipts: (f) => (f.all ? `${f.action} all` : f.items.map((r) => r.id.slice(-8)).join(" ")),
  counts: (f) => `${f.counts.unread} unread, ${f.counts.unseen} unseen`,
  follow: (f) => `${f.topic} ${f.from === null ? "off" : `from ${f.from}`}`,
  mark: (f) => `${f.action} ${f.all ? "all" : f.ids.map((id) => id.slice(-8)).join(" ")}`,
  publish: (f) => `${f.to} ${f.title}`,
};

function show(way, frame) {
  const row = document.createElement("li");
  row.className = "frame";
  row.dataset.way = way;
  const mark = document.createElement("span");
  mark.textContent = { in: "↓", out: "↑", none: "·" }[way];
  const type = document.createElement("b");
  type.textContent = frame.type;
  const text = document.createElement("span");
  text.textContent = summaries[frame.type]?.(frame) ?? frame.reason ?? frame.detail ?? (frame.cursor ? `…${frame.cursor.slice(-12)}` : "");
  row.append(mark, type, text);
  $("frames").prepend(row);
  while ($("frames").childElementCount > 80) $("frames").lastElementChild.remove();
}

function facts(list) {
  $("facts").replaceChildren(...list.flatMap(([name, text, style]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = dd.title = text;
    dd.className = style ?? "";
    return [dt, dd];
  }));
}

function toast(item) {
  const t = $("toast-template").content.firstElementChild.cloneNode(true);
  t.dataset.level = item.level;
  use(t.querySelector("svg"), item.level);
  put(t, ".title", item.title);
  put(t, ".body", item.body ?? "");
  const go = () => {
    t.classList.add("goes");
    setTimeout(() => t.remove(), 240);
  };
  t.querySelector("button").onclick = go;
  if (item.priority !== "urgent") setTimeout(go, 5000);
  $("toasts").append(t);
  while ($("toasts").childElementCount > 3) $("toasts").firstElementChild.remove();
}

const targets = {
  me: ["Me", { user: me }], other: [names[other], { user: other }], topic: ["Topic", { topic }], all: ["Everyone", { all: true }],
};

async function publish(level) {
  const draft = { to: targets[target][1], ...sample(level, names[other]) };
  show("out", { type: "publish", to: draft.to.user ?? draft.to.topic ?? "everyone", title: draft.title });
  const r = await fetch(`${base}/v1/notifications`, {
    method: "POST", headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" }, body: JSON.stringify(draft),
  }).catch(() => null);
  if (!r?.ok) show("in", { type: "refused", detail: r ? (await r.json()).detail : "the server does not answer" });
}

function showCurl() {
  $("curl").textContent = `curl ${location.origin}${base}/v1/notifications \\\n  -H 'Authorization: Bearer ${key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{"to":{"user":"${me}"},"title":"Hello, ${names[me]}"}'`;
}

const put = (el, selector, text) => {
  el.querySelector(selector).textContent = text;
};
const use = (svg, icon) => svg.querySelector("use").setAttribute("href", `#${icon}`);

function ago(time) {
  const s = Math.max(0, (Date.now() - Date.parse(time)) / 1000);
  if (s < 45) return "now";
  if (s < 3600) return `${Math.round(s / 60)} min`;
  if (s < 86400) return `${Math.round(s / 3600)} h`;
  return new Date(time).toLocaleDateString(undefined, { month: "short", day: "numeric" });
}

const hues = [278, 330, 12, 52, 158, 192, 232, 256];

function paintFace(el, name) {
  const letters = name.split(/\s+/).map((w) => w[0]).slice(0, 2).join("").toUpperCase();
  const hue = hues[[...name].reduce((h, c) => (h * 131 + c.codePointAt(0)) >>> 0, 5381) % hues.length];
  const svg = el.querySelector("svg");
  el.replaceChildren(letters, ...(svg ? [svg] : []));
  el.style.background = `linear-gradient(155deg, oklch(.7 .12 ${hue}), oklch(.57 .14 ${hue + 18}))`;
}

function choose(group, attribute, chosen) {
  for (const b of group.children) b.setAttribute(attribute, String(b === chosen));
}

function theme(name) {
  document.documentElement.dataset.theme = name;
}

function build() {
  theme(localStorage.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  paintFace($("me"), names[me]);
  $("me").title = names[me];
  $("other").href = `${base}/?user=${other}`;
  $("other").firstElementChild.textContent = `Open as ${names[other]}`;
  for (const [id, [label]] of Object.entries(targets)) {
    const b = document.createElement("button");
    b.textContent = label;
    b.setAttribute("role", "radio");
    b.setAttribute("aria-checked", String(id === target));
    b.onclick = () => {
      target = id;
      choose($("targets"), "aria-checked", b);
    };
    $("targets").append(b);
  }
  for (const level of ["info", "success", "warning", "error"]) {
    const b = document.createElement("button");
    b.className = "button";
    b.dataset.level = level;
    const icon = $("toast-template").content.querySelector("svg").cloneNode(true);
    use(icon, level);
    b.append(icon, level[0].toUpperCase() + level.slice(1));
    b.onclick = () => publish(level);
    $("levels").append(b);
  }
}

build();
$("tabs").onclick = ({ target: b }) => {
  if (!b.dataset.tab) return;
  tab = b.dataset.tab;
  choose($("tabs"), "aria-selected", b);
  render();
};
$("items").onclick = ({ target: el }) => {
  const button = el.closest("[data-do]");
  if (button) mark(button.dataset.do, { ids: [button.closest(".item").dataset.id] });
};
$("read-all").onclick = () => mark("read", { all: true });
$("line").onclick = () => stream.setCut(!stream.cut);
$("ten").onclick = () => Array.from({ length: 10 }, (_, i) => publish(["info", "success", "warning", "error"][i % 4]));
$("copy").onclick = async () => {
  await navigator.clipboard.writeText($("curl").textContent);
  use($("copy").querySelector("svg"), "check");
  setTimeout(() => use($("copy").querySelector("svg"), "copy"), 1200);
};
$("theme-switch").onclick = () => theme((localStorage.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
setInterval(render, 20_000);
stream.connect();
