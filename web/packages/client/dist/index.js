// src/backoff.ts
var first = 500;
var most = 3e4;
/**
* How long to wait in milliseconds after so many failures in a row: anything
* between nothing and a ceiling that doubles, so that a thousand clients that
* lost one server come back spread out (Brooker, "Exponential Backoff and
* Jitter": full jitter), and no less than the server asks for. It never gives
* up. `random` is in [0, 1).
*/
function backoff(failures, random, retryAfter = 0) {
	return retryAfter + random * Math.min(most, first * 2 ** Math.max(0, failures - 1));
}
// src/error.ts
var passing = /* @__PURE__ */ new Set([
	"rate_limited",
	"too_many_sessions",
	"unavailable",
	"outcome_unknown",
	"draining",
	"stalled",
	"internal"
]);
/** Whether the same request may succeed later. */
var passes = (code) => passing.has(code);
/**
* What a WebSocket close says by itself. The server's reason is its code; where
* there is none, 4100-4199 do not invite a reconnect.
*/
var codeOfClose = (close, reason) => close >= 4e3 && reason ? reason : close >= 4100 && close < 4200 ? "malformed" : "unavailable";
/** The one error of this package. */
var BelfryError = class extends Error {
	code;
	name = "BelfryError";
	fields = [];
	/** Milliseconds that the server asks to wait; 0: it did not say. */
	retryAfter = 0;
	/** HTTP status; 0: none. */
	status = 0;
	/** Names the request in the server's log. */
	requestId;
	/** Whether the server said so itself, or the network did. */
	told = false;
	constructor(code, detail, more = {}) {
		super(detail);
		this.code = code;
		Object.assign(this, more);
	}
};
// src/connection.ts
var openWithin = 12e3;
/** An answer to a ping that is not there by then will not come. */
var answerWithin = 5e3;
/** A connection that held for so long begins the backoff anew. */
var steady = 1e4;
var firstClimb = 3e4;
var lastClimb = 18e5;
function machine(transports, renewable) {
	return {
		connection: { status: "idle" },
		transports,
		step: 0,
		renewable,
		renewed: false,
		failures: 0,
		misses: 0,
		climbAt: Infinity,
		climbs: 0,
		openedAt: 0,
		heartbeat: 25e3,
		heardAt: 0,
		pingAt: Infinity,
		deadAt: Infinity,
		notBefore: 0
	};
}
/** When the machine wants a tick at the latest. */
function deadline({ connection, deadAt, pingAt, climbAt }) {
	if (connection.status === "waiting") return connection.retryAt;
	if (connection.status === "connecting") return deadAt;
	return connection.status === "open" ? Math.min(pingAt, deadAt, climbAt) : Infinity;
}
function next(m, input, at) {
	const [after, ...effects] = step(m, input, at);
	return {
		machine: after,
		effects
	};
}
function step(m, input, at) {
	const { status } = m.connection;
	switch (input.type) {
		case "connect": return status === "idle" || status === "stopped" ? dial({
			...m,
			failures: 0,
			misses: 0,
			renewed: false
		}, at) : [m];
		case "disconnect": return [{
			...m,
			connection: { status: "idle" }
		}, { type: "hangup" }];
		case "opened": return status === "connecting" || status === "open" ? [opened(m, input.heartbeat, at)] : [m];
		case "live": return m.connection.status === "open" ? [{
			...heard(m, at),
			connection: {
				...m.connection,
				live: true
			}
		}] : [m];
		case "heard": return [heard(m, at)];
		case "lost": return status === "connecting" || status === "open" ? lost(m, input.error, at) : [m];
		case "reopen": return status === "connecting" || status === "open" ? redial(m, at) : [m];
		case "tick": return tick(m, at);
		default: return wake(m, input.type, at);
	}
}
function dial(m, { now }, renew = false) {
	const transport = m.transports[m.step];
	return [{
		...m,
		connection: {
			status: "connecting",
			transport
		},
		deadAt: now + openWithin
	}, {
		type: "dial",
		transport,
		renew
	}];
}
function redial(m, at) {
	const [after, ...effects] = dial(m, at);
	return [
		after,
		{ type: "hangup" },
		...effects
	];
}
/** A second welcome on an open connection is a reset: a replay begins again. */
function opened(m, heartbeat, at) {
	const transport = m.transports[m.step];
	const best = m.step === 0;
	return heard({
		...m,
		connection: {
			status: "open",
			transport,
			live: false
		},
		heartbeat,
		openedAt: at.now,
		misses: 0,
		renewed: false,
		climbs: best ? 0 : m.climbs,
		climbAt: best ? Infinity : at.now + Math.min(lastClimb, firstClimb * 2 ** m.climbs)
	}, at);
}
function heard(m, { now }) {
	if (m.connection.status !== "open") return m;
	return {
		...m,
		heardAt: now,
		pingAt: now + m.heartbeat,
		deadAt: now + 2 * m.heartbeat
	};
}
function tick(m, at) {
	const { now } = at;
	const { status } = m.connection;
	if (now < deadline(m)) return [m];
	if (status === "waiting") return dial(m, at, m.renewed);
	if (now >= m.deadAt) {
		const [after, ...effects] = lost(m, new BelfryError("stalled", "nothing was heard for too long"), at);
		return [
			after,
			{ type: "hangup" },
			...effects
		];
	}
	if (now >= m.climbAt) return redial({
		...m,
		step: 0,
		climbs: m.climbs + 1,
		misses: 1,
		failures: 0
	}, at);
	return [{
		...m,
		pingAt: Infinity
	}, { type: "ping" }];
}
function wake(m, why, at) {
	const { connection } = m;
	if (connection.status === "waiting") {
		if (at.now >= m.notBefore) return dial(m, at, m.renewed);
		return [{
			...m,
			connection: {
				...connection,
				retryAt: Math.min(connection.retryAt, m.notBefore)
			}
		}];
	}
	if (connection.status !== "open") return [m];
	const silence = at.now - m.heardAt;
	if (connection.transport === "websocket") return silence < 1e3 ? [m] : [{
		...m,
		pingAt: Infinity,
		deadAt: Math.min(m.deadAt, at.now + answerWithin)
	}, { type: "ping" }];
	return why === "online" || silence > m.heartbeat ? redial(m, at) : [m];
}
/** The connection ended: stop, or wait and come back, perhaps by another transport. */
function lost(m, error, at) {
	const { code, retryAfter } = error;
	const stale = m.renewable && !m.renewed && (code === "token_expired" || code === "unauthorized");
	if (!stale && error.told && !passes(code)) return [{
		...m,
		connection: {
			status: "stopped",
			code,
			reason: error
		}
	}];
	const open = m.connection.status === "open";
	const failures = open && at.now - m.openedAt >= steady ? 1 : m.failures + 1;
	const retryAt = at.now + backoff(failures, at.random, retryAfter);
	const waiting = {
		...m,
		connection: {
			status: "waiting",
			retryAt,
			reason: error
		},
		failures,
		renewed: stale,
		notBefore: at.now + retryAfter
	};
	return [open || error.told ? waiting : missed(waiting)];
}
/** A transport that does not open twice (a lesser one: once) may be blocked on the way. */
function missed(m) {
	const misses = m.misses + 1;
	if (misses < (m.step === 0 ? 2 : 1)) return {
		...m,
		misses
	};
	return {
		...m,
		misses: 0,
		step: (m.step + 1) % m.transports.length
	};
}
// src/transport/transport.ts
/** An address under the server's. Absent and empty parameters are left out. */
function address(url, path, query = {}) {
	const search = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) if (value !== void 0 && value !== "") search.set(name, String(value));
	return url + path + (`?${search}`.length > 1 ? `?${search}` : "");
}
/** An opening as query parameters; the token goes in the header. */
var parameters = ({ cursor, topics, items, filter }) => ({
	cursor,
	topics: topics.join(),
	items,
	filter
});
var authorized = (token) => ({ Authorization: `Bearer ${token}` });
/** A link over fetch: run until it ends, fails or is cut. */
function overFetch(to, run) {
	const cut = new AbortController();
	run(cut.signal).catch(unreachable).then((end) => cut.signal.aborted || to.closed(end));
	return {
		send: () => false,
		close: () => cut.abort()
	};
}
/**
* The error that an answer is: an RFC 9457 problem. What is none came from
* something between us and the server, which may be gone a moment later.
*/
async function problem(answer) {
	const { status } = answer;
	const retryAfter = Number(answer.headers.get("Retry-After")) * 1e3 || 0;
	const body = await answer.json().catch(() => ({}));
	if (!body.code) return new BelfryError("unavailable", `the answer, ${status}, is not Belfry's`, {
		status,
		retryAfter
	});
	return new BelfryError(body.code, body.detail ?? body.code, {
		status,
		retryAfter,
		told: true,
		fields: body.errors ?? [],
		requestId: body.requestId
	});
}
/** What a bye or an error frame says about the end. */
var refusal = (code, detail = `the connection was closed: ${code}`, retryAfter = 0) => new BelfryError(code, detail, {
	told: true,
	retryAfter
});
var unreachable = (cause) => new BelfryError("unavailable", "the server cannot be reached", { cause });
// src/transport/poll.ts
/** Long polling, for networks that let nothing else through: one request a change. */
var poll = (means, opening, to) => overFetch(to, (signal) => ask(means, opening, to, signal));
/** Seconds; a request waits for no longer, so that is its heartbeat. */
var wait = 30;
async function ask(means, opening, to, signal) {
	const headers = authorized(opening.token);
	let { cursor } = opening;
	let live = false;
	for (let first = true;; first = false) {
		const query = {
			...parameters({
				...opening,
				cursor
			}),
			wait: live ? `${wait}s` : "0s"
		};
		const answer = await means.fetch(address(means.url, "/v1/changes", query), {
			headers,
			signal,
			cache: "no-store"
		});
		if (!answer.ok) return problem(answer);
		const got = await answer.json();
		if (signal.aborted) return unreachable();
		to.heard();
		if (first) to.opened(wait);
		for (const frame of got.frames) {
			if (frame.type === "welcome" && !frame.resumed && !first) {
				live = false;
				to.opened(wait);
			}
			if (!live || frame.type !== "welcome" && frame.type !== "live") to.frame(frame);
			live ||= frame.type === "live";
		}
		cursor = got.cursor;
		if (!live && !got.frames.length) to.frame({
			type: "live",
			cursor
		});
		live ||= !got.frames.length;
		to.frame({
			type: "pong",
			cursor
		});
	}
}
// src/transport/sse.ts
/**
* Server-sent events (WHATWG HTML, section 9.2) read from fetch, not from
* EventSource: it sees comments and heartbeats, sends the token as a header and
* reads why it was refused.
*/
var sse = (means, opening, to) => overFetch(to, (signal) => read(means, opening, to, signal));
async function read(means, opening, to, signal) {
	const headers = {
		Accept: "text/event-stream",
		...authorized(opening.token)
	};
	const answer = await means.fetch(address(means.url, "/v1/stream", parameters(opening)), {
		headers,
		signal,
		cache: "no-store"
	});
	if (!answer.ok || !answer.body) return problem(answer);
	const reader = answer.body.getReader();
	const text = new TextDecoder();
	let end = unreachable();
	const take = blocks((id, data) => {
		if (signal.aborted) return;
		if (!data) return id && to.frame({
			type: "pong",
			cursor: id
		});
		const frame = JSON.parse(data);
		if (frame.type === "bye") end = refusal(frame.code, void 0, frame.retryAfter);
		if (frame.type === "welcome") to.opened(frame.heartbeat);
		to.frame(frame);
	});
	for (;;) {
		const { done, value } = await reader.read();
		if (done || signal.aborted) return end;
		to.heard();
		take(text.decode(value, { stream: true }));
	}
}
/**
* Takes a stream as it comes and gives its blocks; one without data is a
* heartbeat. Event names are not kept: they repeat the frame's type. A CR alone
* ends no line: our server sends none.
*/
function blocks(block) {
	let rest = "";
	let id = "";
	let data = [];
	const line = (text) => {
		const [, name, value = ""] = /^([^:]*):? ?(.*)$/s.exec(text);
		if (name === "id") id = value;
		else if (name === "data") data.push(value);
		else if (!text) {
			block(id, data.join("\n"));
			[id, data] = ["", []];
		}
	};
	return (chunk) => {
		const lines = (rest + chunk).split("\n");
		rest = lines.pop();
		for (const text of lines) line(text.replace(/\r$/, ""));
	};
}
// src/transport/websocket.ts
/** RFC 6455. The token goes in the first frame, so that no log of addresses holds it. */
var websocket = ({ url, WebSocket }, opening, to) => {
	const socket = new WebSocket(address(url, "/v1/ws").replace(/^http/, "ws"));
	let said;
	let cut = false;
	socket.onopen = () => socket.send(JSON.stringify({
		type: "auth",
		...opening,
		client: "belfry-js"
	}));
	socket.onmessage = ({ data }) => {
		if (cut) return;
		const frame = JSON.parse(data);
		to.heard();
		if (frame.type === "bye") said = refusal(frame.code, said?.message, frame.retryAfter);
		else said = frame.type === "error" && !frame.ref ? refusal(frame.code, frame.detail) : void 0;
		if (frame.type === "welcome") to.opened(frame.heartbeat);
		to.frame(frame);
	};
	socket.onerror = () => {};
	socket.onclose = ({ code, reason }) => {
		if (cut) return;
		const told = code !== 1005 && code !== 1006;
		to.closed(said ?? new BelfryError(codeOfClose(code, reason), `the connection was closed: ${reason || code}`, { told }));
	};
	return {
		send(frame) {
			const open = socket.readyState === 1;
			if (open) socket.send(JSON.stringify(frame));
			return open;
		},
		close() {
			cut = true;
			socket.close();
		}
	};
};
// src/driver.ts
var dials = {
	websocket,
	sse,
	poll
};
/** After a sleep of the machine it takes no longer to notice. */
var longestTimer = 1e4;
function driver(means, token, hooks, transports) {
	let now = machine(transports, token.renewable);
	let link;
	/** Of the newest link: what older ones still tell is not heard. */
	let generation = 0;
	let timer;
	let timerAt = Infinity;
	const input = (input) => {
		const before = now.connection;
		const { machine, effects } = next(now, input, {
			now: Date.now(),
			random: Math.random()
		});
		now = machine;
		effects.forEach(perform);
		arm();
		if (now.connection !== before) hooks.changed(now.connection, before);
	};
	const send = (frame) => now.connection.status === "open" && !!link?.send(frame);
	const perform = (effect) => {
		if (effect.type === "ping") return void send({ type: "ping" });
		generation++;
		link?.close();
		link = void 0;
		if (effect.type === "dial") dial(effect.transport, effect.renew, generation);
	};
	const dial = async (transport, renew, mine) => {
		const told = (run) => (...args) => {
			if (mine === generation) run(...args);
		};
		const closed = told((error) => input({
			type: "lost",
			error
		}));
		const receiver = {
			closed,
			opened: told((heartbeat) => input({
				type: "opened",
				heartbeat: heartbeat * 1e3
			})),
			heard: told(() => input({ type: "heard" })),
			frame: told((frame) => {
				hooks.frame(frame);
				if (frame.type === "live") input({ type: "live" });
			})
		};
		try {
			const held = await token.get(renew);
			if (mine === generation) link = dials[transport](means, hooks.opening(held), receiver);
		} catch (cause) {
			closed(cause instanceof BelfryError ? cause : new BelfryError("unavailable", "no token, or no address", {
				cause,
				told: true
			}));
		}
	};
	/** Sees to a tick when the machine wants one, and every few seconds, so that a sleep is noticed. */
	const arm = () => {
		const wanted = deadline(now);
		const at = wanted === Infinity ? wanted : Math.min(wanted, Date.now() + longestTimer);
		if (timerAt <= at && at !== Infinity) return;
		clearTimeout(timer);
		timerAt = at;
		if (at === Infinity) return;
		timer = setTimeout(() => {
			timerAt = Infinity;
			input({ type: "tick" });
		}, at - Date.now());
	};
	return {
		connection: () => now.connection,
		input,
		send
	};
}
// src/listeners.ts
/** Who wants to be told of what. */
var Listeners = class {
	#sets = /* @__PURE__ */ new Map();
	on(name, listener) {
		const set = this.#sets.get(name) ?? /* @__PURE__ */ new Set();
		this.#sets.set(name, set.add(listener));
		return () => void set.delete(listener);
	}
	/** Tells everybody; false: there was nobody. */
	tell(name, ...args) {
		const set = this.#sets.get(name);
		for (const listener of [...set ?? []]) guarded(() => listener(...args));
		return !!set?.size;
	}
};
/** A listener that throws harms nobody else: its error is reported as one that nobody caught. */
function guarded(run) {
	try {
		run();
	} catch (error) {
		queueMicrotask(() => {
			throw error;
		});
	}
}
// src/receipt.ts
/** In which log an item lives. */
var isShared = (item) => !("user" in item.to);
/**
* Whether the watermark covers an item: born no later than it, in the item's own
* log, and with no receipt younger than it.
*/
function covers({ upTo }, shared, born, receiptRev = 0) {
	return born <= (shared ? upTo.s : upTo.p) && receiptRev <= upTo.p;
}
/** The receipt as the user sees it: what was written, and what the watermarks cover. */
function effective(watermarks, shared, born, receipt) {
	for (const w of [...watermarks].sort((a, b) => a.receiptRev - b.receiptRev)) if (covers(w, shared, born, receipt.receiptRev)) receipt = act(receipt, w.action, w.at);
	return receipt;
}
/** The watermarks with one moved up, component by component; the same ones when it says nothing new. */
function raise(watermarks, w) {
	const now = watermarks.find((o) => o.action === w.action);
	if (!now) return [...watermarks, w];
	if (w.upTo.p <= now.upTo.p && w.upTo.s <= now.upTo.s) return watermarks;
	const upTo = {
		p: Math.max(w.upTo.p, now.upTo.p),
		s: Math.max(w.upTo.s, now.upTo.s)
	};
	return watermarks.map((o) => o === now ? {
		...w,
		upTo
	} : o);
}
/**
* What an item with this effective receipt adds to the two counts, 0 or 1 each.
* Read implies seen; archive leaves read alone but takes the item out of the
* counts; snoozed counts nowhere.
*/
function counted(r, dead = false) {
	const unread = dead || r.deletedAt || r.archivedAt || r.snoozedUntil || r.readAt ? 0 : 1;
	return {
		unread,
		unseen: r.seenAt ? 0 : unread
	};
}
/** Whether an item with this effective receipt is in the view. */
function admits(filter, r) {
	if (r.deletedAt) return false;
	if (filter === "archived") return !!r.archivedAt;
	if (r.archivedAt) return false;
	if (filter === "snoozed") return !!r.snoozedUntil;
	return !r.snoozedUntil && !(filter === "unread" && r.readAt);
}
/** The receipt after an action on an effective receipt; the same one when it says nothing new. */
function act(r, action, at, until) {
	switch (action) {
		case "seen": return r.seenAt ? r : {
			...r,
			seenAt: at
		};
		case "read": return r.readAt ? r : {
			...r,
			seenAt: r.seenAt ?? at,
			readAt: at
		};
		case "unread": return r.readAt ? without(r, "readAt") : r;
		case "archive": return r.archivedAt ? r : {
			...r,
			archivedAt: at
		};
		case "unarchive": return r.archivedAt ? without(r, "archivedAt") : r;
		case "snooze": return r.snoozedUntil === until ? r : {
			...r,
			snoozedUntil: until
		};
		case "unsnooze": return r.snoozedUntil ? {
			...without(r, "snoozedUntil", "readAt", "seenAt"),
			deliveredAt: at
		} : r;
		case "delete": return r.deletedAt ? r : {
			...r,
			deletedAt: at
		};
	}
}
function without(r, ...names) {
	const rest = { ...r };
	for (const name of names) delete rest[name];
	return rest;
}
// src/view.ts
var newestFirst = (a, b) => a.deliveredAt === b.deliveredAt ? a.id < b.id ? 1 : -1 : a.deliveredAt < b.deliveredAt ? 1 : -1;
var end = {
	deliveredAt: "",
	id: ""
};
var mostItems = 100;
var refreshAfter = 300;
var ready = {
	status: "ready",
	error: void 0
};
var View = class {
	store;
	query;
	#listeners = /* @__PURE__ */ new Set();
	#snapshot;
	#state = {
		status: "pending",
		error: void 0
	};
	/** The oldest place that is loaded; undefined: nothing is. */
	#horizon;
	/** Where the next page begins; undefined: not known, or there is none. */
	#after;
	#loading;
	#refreshing;
	#size;
	/** @internal */
	constructor(store, query, size, initial) {
		this.store = store;
		this.query = query;
		this.#size = size;
		if (initial) {
			this.#extend(initial);
			this.#state = ready;
		}
		store.onChange(() => this.#tell());
	}
	getSnapshot = () => this.#snapshot ??= this.#compute();
	/** Calls the listener with what is there now, and after every change. The first one begins to load. */
	subscribe = (listener) => {
		this.#listeners.add(listener);
		if (this.#state.status === "pending" && !this.awaited) this.#load();
		guarded(() => listener(this.getSnapshot()));
		return () => void this.#listeners.delete(listener);
	};
	get items() {
		return this.getSnapshot().items;
	}
	get counts() {
		return this.getSnapshot().counts;
	}
	/** Loads the next page of older items. Never rejects: see status and error. */
	loadMore() {
		return this.#horizon === end ? Promise.resolve() : this.#load();
	}
	/** Whether the first page comes by itself, with the welcome of the stream. @internal */
	awaited = false;
	/** The stream brought the first page, so many items of those wanted. @internal */
	filled(items, wanted) {
		this.#horizon = items.length < wanted ? end : items.at(-1);
		this.#after = void 0;
		this.#become(ready);
	}
	/** Everything was replaced: what is shown is loaded anew. @internal */
	restart() {
		this.#horizon = this.#after = void 0;
		this.#become({
			status: "pending",
			error: void 0
		});
		if (this.#listeners.size) this.#load();
	}
	/** A receipt came of an item that is not held, and may belong here: look again, soon. @internal */
	missing(receipt) {
		if (!this.#horizon || !admits(this.query.filter ?? "", receipt) || this.#refreshing) return;
		this.#refreshing = setTimeout(() => {
			this.#refreshing = void 0;
			this.#load(this.#horizon);
		}, refreshAfter);
	}
	/** The network is back. @internal */
	retry() {
		if (this.#state.status === "failed") this.#load();
	}
	/** Loads down to a place, from the top; without one: the next page. */
	#load(downTo) {
		return this.#loading ??= this.#read(downTo).finally(() => this.#loading = void 0);
	}
	async #read(downTo) {
		this.#become({
			status: "loading",
			error: void 0
		});
		try {
			const from = downTo ?? this.#horizon;
			let after = downTo ? void 0 : this.#after;
			for (let again = true; again;) {
				const limit = from && !after ? mostItems : this.#size;
				const page = await this.store.fetch(this.#page(after, limit));
				if (!page) {
					after = void 0;
					continue;
				}
				after = page.next;
				const reached = after ? page.items.at(-1) ?? end : end;
				if (!this.#horizon || newestFirst(this.#horizon, reached) < 0) this.#extend(page);
				again = reached !== end && !!from && (downTo ? newestFirst(reached, from) < 0 : newestFirst(from, reached) >= 0);
			}
			this.#become(ready);
		} catch (error) {
			this.#become({
				status: "failed",
				error
			});
		}
	}
	#page(after, limit) {
		const { filter, types, topic, group } = this.query;
		return this.store.rest("GET", "/v1/inbox", { query: {
			filter,
			type: types?.join(),
			topic,
			group,
			after,
			limit
		} });
	}
	#extend(page) {
		this.#after = page.next;
		this.#horizon = page.next ? page.items.at(-1) ?? end : end;
	}
	#become(state) {
		this.#state = state;
		this.#tell();
	}
	#tell() {
		this.#snapshot = void 0;
		for (const listener of [...this.#listeners]) guarded(() => listener(this.getSnapshot()));
	}
	#compute() {
		const horizon = this.#horizon;
		const { store } = this;
		return {
			items: horizon ? store.items.filter((i) => newestFirst(i, horizon) <= 0 && this.#shows(i)).sort(newestFirst) : [],
			counts: store.counts,
			hasMore: horizon !== end,
			...this.#state
		};
	}
	#shows(item) {
		const { filter = "", types, topic, group } = this.query;
		return (topic ? "topic" in item.to && item.to.topic === topic : item.inbox !== false) && admits(filter, item) && (!types || types.includes(item.type)) && (!group || item.group === group);
	}
};
// src/inbox.ts
/**
* The user's inbox: a view, further views, and the marks. A mark shows at once,
* in every view; its promise resolves when the server has it, which waits for a
* network if there is none, and rejects with a BelfryError when it is refused
* and taken back. What arrived after the user looked is never marked.
*/
var Inbox = class extends View {
	#views = /* @__PURE__ */ new Map();
	#pageSize;
	/** @internal */
	constructor(store, query, pageSize, initial) {
		super(store, query, pageSize, initial);
		this.#pageSize = pageSize;
		this.awaited = !initial;
		this.#views.set(keyOf(query), this);
	}
	/** Another view of the same items. The same query gives the same view. */
	view(query) {
		const key = keyOf(query);
		let view = this.#views.get(key);
		if (!view) this.#views.set(key, view = new View(this.store, query, this.#pageSize));
		return view;
	}
	/** Exact counts of some types, as of now. */
	countsOf(types) {
		return this.store.rest("GET", "/v1/counts", { query: { type: types.join() } });
	}
	markSeen = (target) => this.store.mark("seen", target);
	markRead = (target) => this.store.mark("read", target);
	markUnread = (target) => this.store.mark("unread", target);
	archive = (target) => this.store.mark("archive", target);
	unarchive = (target) => this.store.mark("unarchive", target);
	delete = (target) => this.store.mark("delete", target);
	/** Hides items until then: in the future, at most a year ahead. They come back as new. */
	snooze = (target, until) => this.store.mark("snooze", target, new Date(until).toISOString());
	unsnooze = (target) => this.store.mark("unsnooze", target);
	markAllSeen = () => this.markSeen({ all: true });
	markAllRead = () => this.markRead({ all: true });
	archiveAll = () => this.archive({ all: true });
	deleteAll = () => this.delete({ all: true });
	/** A fresh snapshot came: the view it is of is filled, others begin anew. @internal */
	welcomed(items) {
		for (const view of this.#views.values()) if (view === this) view.filled(items, this.#pageSize);
		else view.restart();
	}
	/** @internal */
	look(changes) {
		for (const c of changes) if (c.kind === "missing") this.#each((v) => v.missing(c.receipt));
	}
	/** The network is back. @internal */
	resume() {
		this.store.poke();
		this.#each((v) => v.retry());
	}
	#each(run) {
		for (const view of this.#views.values()) run(view);
	}
};
var keyOf = ({ filter, types, topic, group }) => JSON.stringify([
	filter || 0,
	types,
	topic,
	group
]);
// src/replica.ts
var empty = {
	items: /* @__PURE__ */ new Map(),
	watermarks: [],
	follows: /* @__PURE__ */ new Set(),
	caughtUp: {
		p: 0,
		s: 0
	},
	told: /* @__PURE__ */ new Map()
};
/** The replica after a frame. Frames that change no state leave it as it is. */
function apply(replica, frame) {
	const d = draft(replica);
	steps[frame.type]?.(d, frame);
	if ("cursor" in frame) d.next.cursor = frame.cursor;
	return {
		replica: d.next,
		changes: d.changes
	};
}
/**
* The replica with a page of the inbox. `meanwhile` are the frames that came
* while the page was under way: applied to the page first, they take out of it
* what died, was trimmed or unfollowed, and bring its receipts up to date.
* undefined: everything was replaced meanwhile, ask for the page again. The
* page's counts are not taken: the stream's are exact.
*/
function merge(replica, page, meanwhile) {
	const late = draft({
		...empty,
		items: new Map(page.map((i) => [i.id, i]))
	});
	for (const frame of meanwhile) {
		if (frame.type === "welcome" && !frame.resumed) return void 0;
		if (frame.type === "notification" && late.next.items.has(frame.item.id)) take(late, frame.item, frame.op);
		if (frame.type === "receipts" && !frame.all) for (const r of frame.items) putReceipt(late, r);
		if (frame.type === "follow") dropTopic(late, frame.topic);
		if (frame.type === "trim") trim(late, frame.born);
	}
	const d = draft(replica);
	for (const item of late.next.items.values()) put(d, item);
	return d.next;
}
/** What a client knows that was given a page before it was ever connected. */
function seed(page) {
	const { items, counts, cursor } = page;
	return {
		...empty,
		cursor,
		items: new Map(items.map((i) => [i.id, i])),
		counts,
		countsCursor: cursor,
		caughtUp: counts
	};
}
var draft = (replica) => ({
	next: { ...replica },
	copied: false,
	changes: []
});
function writable(d) {
	if (!d.copied) d.next.items = new Map(d.next.items);
	d.copied = true;
	return d.next.items;
}
var steps = {
	welcome(d, f) {
		if (f.resumed) d.next.follows = new Set(f.follows.map((o) => o.topic));
		else start(d, f);
	},
	notification(d, f) {
		take(d, f.item, f.op);
		count(d, f.item, f.op, f.cursor);
	},
	receipts(d, f) {
		if (!f.all) return f.items.forEach((r) => putReceipt(d, r));
		d.next.watermarks = raise(d.next.watermarks, f);
		for (const item of d.next.items.values()) put(d, item, "updated");
		if (f.action === "archive") d.changes.push({
			kind: "missing",
			receipt: { archivedAt: f.at }
		});
	},
	follow(d, f) {
		const follows = new Set(d.next.follows);
		if (f.from === null) follows.delete(f.topic);
		else follows.add(f.topic);
		d.next.follows = follows;
		dropTopic(d, f.topic, new Set(f.items.map((i) => i.id)));
		for (const item of f.items) take(d, item);
	},
	trim: (d, f) => trim(d, f.born),
	counts(d, f) {
		d.next.counts = d.next.caughtUp = f.counts;
		d.next.told = /* @__PURE__ */ new Map();
		d.next.countsCursor = f.cursor;
	}
};
function start(d, f) {
	if (d.next.cursor) d.changes.push({ kind: "reset" });
	d.next = {
		...seed({
			...f,
			items: []
		}),
		watermarks: f.watermarks,
		follows: new Set(f.follows.map((o) => o.topic))
	};
	d.copied = false;
	for (const item of f.items) put(d, item);
}
/** Takes an item as the stream tells of it. */
function take(d, item, op) {
	const held = d.next.items.get(item.id);
	if (op === "removed") return held && held.born <= item.born ? remove(d, held) : void 0;
	const { caughtUp, told } = d.next;
	const news = item.born > (isShared(item) ? caughtUp.s : caughtUp.p) && told.get(item.id) !== item.born;
	if (news) d.next.told = new Map(told).set(item.id, item.born);
	put(d, item, news ? "created" : "updated");
}
/** A pure shared creation is encoded once for everybody and counts itself. */
function count(d, item, op, cursor) {
	const { counts, follows } = d.next;
	const pure = op === "created" && item.rev === item.born && !item.receiptRev && item.inbox !== false;
	const mine = "all" in item.to || "topic" in item.to && follows.has(item.to.topic);
	if (!counts || !pure || !mine || item.rev <= counts.s) return;
	d.next.counts = {
		...counts,
		unread: counts.unread + 1,
		unseen: counts.unseen + 1,
		s: item.rev
	};
	d.next.countsCursor = cursor;
}
function dropTopic(d, topic, but) {
	drop(d, (o) => "topic" in o.to && o.to.topic === topic && !but?.has(o.id));
}
function trim(d, born) {
	if ("s" in born) drop(d, (o) => isShared(o) && o.born <= born.s);
	else drop(d, (o) => !isShared(o) && o.born <= born.p);
}
function drop(d, gone) {
	for (const item of d.next.items.values()) if (gone(item)) remove(d, item);
}
function remove(d, item) {
	writable(d).delete(item.id);
	d.changes.push({
		kind: "removed",
		item
	});
}
/**
* Holds an item: a later birth replaces it, else the content of the higher
* revision and the receipt of the higher receipt revision win, each by itself;
* at a tie what comes later.
*/
function put(d, item, kind) {
	const held = d.next.items.get(item.id);
	if (held && held.born > item.born) return;
	let next = item;
	if (held && held !== item && held.born === item.born) {
		const content = item.rev >= held.rev ? item : held;
		const receipt = (item.receiptRev ?? 0) >= (held.receiptRev ?? 0) ? item : held;
		next = content === receipt ? content : withReceipt(content, receipt);
	}
	if (next.inbox !== false) next = effective(d.next.watermarks, isShared(next), next.born, next);
	if (next.deletedAt) return held && remove(d, held);
	if (next === held) return;
	writable(d).set(next.id, next);
	if (kind) d.changes.push({
		kind,
		item: next
	});
}
function putReceipt(d, receipt) {
	const held = d.next.items.get(receipt.id);
	if (!held) return void d.changes.push({
		kind: "missing",
		receipt
	});
	const { receiptRev = 0 } = receipt;
	if (!(!isShared(held) && receiptRev < held.born) && receiptRev >= (held.receiptRev ?? 0)) put(d, withReceipt(held, receipt), "updated");
}
var receiptFields = [
	"receiptRev",
	"seenAt",
	"readAt",
	"archivedAt",
	"snoozedUntil"
];
function withReceipt(item, receipt) {
	const next = { ...item };
	for (const name of receiptFields) if (receipt[name]) next[name] = receipt[name];
	else delete next[name];
	if (receipt.deliveredAt) next.deliveredAt = receipt.deliveredAt;
	return next;
}
// src/requests.ts
function requests(send) {
	const waiting = /* @__PURE__ */ new Map();
	let refs = 0;
	return {
		ask: (frame) => new Promise((resolve, reject) => {
			const ref = `${++refs}`;
			if (send({
				...frame,
				ref
			})) waiting.set(ref, {
				resolve,
				reject
			});
			else reject(new BelfryError("unavailable", "this needs an open WebSocket"));
		}),
		take(frame) {
			const { ref = "" } = frame;
			const asked = waiting.get(ref);
			waiting.delete(ref);
			if (frame.type !== "error") asked?.resolve(frame);
			else asked?.reject(refusal(frame.code, frame.detail));
		},
		lost() {
			for (const { reject } of waiting.values()) reject(new BelfryError("outcome_unknown", "the connection was lost before the answer"));
			waiting.clear();
		}
	};
}
// src/rest.ts
function rest(means, token) {
	const ask = async (url, init, renew) => {
		try {
			const headers = {
				...authorized(await token.get(renew)),
				...init.body ? { "Content-Type": "application/json" } : {}
			};
			return await means.fetch(url, {
				...init,
				headers,
				cache: "no-store"
			});
		} catch (cause) {
			throw cause instanceof BelfryError ? cause : unreachable(cause);
		}
	};
	return async (method, path, { query, body } = {}) => {
		const url = address(means.url, path, query);
		const init = {
			method,
			...body ? { body: JSON.stringify(body) } : {}
		};
		let answer = await ask(url, init, false);
		if (answer.status === 401 && token.renewable) answer = await ask(url, init, true);
		if (!answer.ok) throw await problem(answer);
		if (answer.status === 204) return void 0;
		return answer.json().catch((cause) => Promise.reject(unreachable(cause)));
	};
}
// src/marks.ts
var none = {
	unread: 0,
	unseen: 0
};
/** Both counts, by one formula. */
var both = (count) => ({
	unread: count("unread"),
	unseen: count("unseen")
});
/** The mark as of now. `shown` are the items and counts before it. */
function pend(replica, shown, counts, action, target, until) {
	const ids = typeof target === "string" ? [target] : Array.isArray(target) ? target : void 0;
	const mark = {
		action,
		until,
		...ids ? {
			ids,
			upTo: replica.cursor
		} : {
			...target,
			upTo: replica.countsCursor
		}
	};
	const upTo = ids ? void 0 : replica.counts ?? {
		p: Infinity,
		s: Infinity
	};
	const pending = {
		mark,
		at: (/* @__PURE__ */ new Date()).toISOString(),
		upTo,
		delta: none
	};
	const [before, after] = [total(shown), total(shown.map((i) => overlay(i, [pending])))];
	const delta = both((k) => after[k] - before[k] - (!everything(mark) || k === "unread" && action === "seen" ? 0 : counts[k] - before[k]));
	return {
		...pending,
		delta
	};
}
var everything = (mark) => !!mark.all && !mark.type && !mark.topic;
/** What items add to the counts. */
var total = (items) => both((k) => items.reduce((n, i) => n + (i.inbox === false ? 0 : counted(i)[k]), 0));
/** The item as the pending marks will have it. */
function overlay(item, pending) {
	for (const { mark, at, upTo } of pending) if (touches(mark, upTo, item)) item = act(item, mark.action, at, mark.until);
	return item;
}
function touches(mark, upTo, item) {
	if (!upTo) return !!mark.ids?.includes(item.id);
	if (item.inbox === false || item.born > (isShared(item) ? upTo.s : upTo.p)) return false;
	if (mark.type && mark.type !== item.type) return false;
	if (mark.topic && !("topic" in item.to && item.to.topic === mark.topic)) return false;
	if (mark.entity) return mark.entity.type === item.entity?.type && mark.entity.id === item.entity.id;
	return !!mark.all || mark.group === item.group;
}
/** Whether the replica shows the mark by itself, so that absolute counts have it. */
function reflects({ items, watermarks }, pending) {
	const { mark, upTo } = pending;
	if (everything(mark)) return watermarks.some((w) => w.action === mark.action && upTo && w.upTo.p >= upTo.p && w.upTo.s >= upTo.s);
	return [...items.values()].every((i) => overlay(i, [pending]) === i);
}
/** Sends marks one after the other, in the order they were made, and again while the server cannot be reached. */
function markQueue(rest) {
	const queue = [];
	let sending = false;
	let failures = 0;
	let timer;
	/** Sends the first; answers how long to wait before the next, in milliseconds. */
	const send = async ({ mark, stored, settle }) => {
		try {
			const marked = await rest("POST", "/v1/inbox/marks", { body: mark });
			failures = 0;
			stored(marked.counts.p);
			if (marked.more) return 0;
			settle(marked);
		} catch (cause) {
			const error = cause;
			if (passes(error.code)) return backoff(++failures, Math.random(), error.retryAfter);
			settle(error);
		}
		queue.shift();
		return 0;
	};
	const poke = async () => {
		clearTimeout(timer);
		timer = void 0;
		if (sending || !queue[0]) return;
		sending = true;
		const wait = await send(queue[0]);
		sending = false;
		if (wait) timer = setTimeout(poke, wait);
		else poke();
	};
	return {
		poke,
		add(queued) {
			queue.push(queued);
			if (!timer) poke();
		}
	};
}
// src/store.ts
var Store = class {
	rest;
	#replica;
	#pending = [];
	#queue;
	/** The frames that came while a page is under way, a list for each page. */
	#flights = /* @__PURE__ */ new Set();
	#shown;
	#changed = new Listeners();
	constructor(rest, replica = empty) {
		this.rest = rest;
		this.#replica = replica;
		this.#queue = markQueue(rest);
	}
	get cursor() {
		return this.#replica.cursor;
	}
	/** Everything held, in no order, with the pending marks. */
	get items() {
		return this.#show().items;
	}
	/** The counts, with the pending marks. */
	get counts() {
		return this.#show().counts;
	}
	onChange(listener) {
		return this.#changed.on("change", listener);
	}
	/** Takes a frame of the stream and says what it did. */
	take(frame) {
		for (const flight of this.#flights) flight.push(frame);
		const { replica, changes } = apply(this.#replica, frame);
		this.#set(replica, this.#pending);
		return changes;
	}
	/** Fetches a page and holds its items. false: everything was replaced meanwhile, fetch it again. */
	async fetch(page) {
		const flight = [];
		this.#flights.add(flight);
		try {
			const got = await page;
			const replica = merge(this.#replica, got.items, flight);
			if (!replica) return false;
			const { counts = got.counts, countsCursor = got.cursor } = replica;
			this.#set({
				...replica,
				counts,
				countsCursor
			}, this.#pending);
			return got;
		} finally {
			this.#flights.delete(flight);
		}
	}
	/** Drops what was seen through a subscription that has ended. */
	forget(topic) {
		const kept = [...this.#replica.items].filter(([, i]) => i.inbox !== false || !("topic" in i.to && i.to.topic === topic));
		this.#set({
			...this.#replica,
			items: new Map(kept)
		}, this.#pending);
	}
	/** Shows a mark at once and sends it; it is taken back when it is refused. */
	mark(action, target, until) {
		const pending = pend(this.#replica, this.items, this.counts, action, target, until);
		const { mark } = pending;
		const become = (by) => this.#set(this.#replica, this.#pending.flatMap((p) => p.mark === mark ? by(p) : p));
		this.#set(this.#replica, [...this.#pending, pending]);
		return new Promise((resolve, reject) => {
			this.#queue.add({
				mark,
				stored: (stored) => become((now) => [{
					...now,
					stored
				}]),
				settle: (result) => {
					if (!(result instanceof BelfryError)) return resolve(result);
					become(() => []);
					reject(result);
				}
			});
		});
	}
	/** Sends now what waits for a network. */
	poke() {
		this.#queue.poke();
	}
	#set(replica, pending) {
		const now = replica.counts;
		if (pending.length && now) {
			const absolute = replica.caughtUp !== this.#replica.caughtUp;
			pending = pending.filter(({ stored = Infinity }) => stored > now.p).map((p) => absolute && reflects(replica, p) ? {
				...p,
				delta: none
			} : p);
		}
		const same = replica.items === this.#replica.items && now === this.#replica.counts && pending === this.#pending;
		this.#replica = replica;
		this.#pending = pending;
		if (same) return;
		this.#shown = void 0;
		this.#changed.tell("change");
	}
	#show() {
		return this.#shown ??= this.#compute();
	}
	#compute() {
		const [{ items, counts = none }, pending] = [this.#replica, this.#pending];
		return {
			items: [...items.values()].map((i) => overlay(i, pending)),
			counts: both((k) => Math.max(0, pending.reduce((n, p) => n + p.delta[k], counts[k])))
		};
	}
};
// src/tabs.ts
function alerting() {
	const locks = globalThis.navigator?.locks;
	let held = !locks;
	let left = new AbortController();
	const leave = () => {
		held = !locks;
		left.abort();
	};
	return {
		held: () => held,
		leave,
		enter(name) {
			leave();
			const { signal } = left = new AbortController();
			const hold = () => {
				held = true;
				return new Promise((resolve) => signal.addEventListener("abort", resolve));
			};
			locks?.request(name, { signal }, hold).catch(() => {});
			globalThis.addEventListener?.("pagehide", leave, { signal });
		}
	};
}
// src/token.ts
function token(source) {
	let held;
	const ask = async () => {
		try {
			return await (typeof source === "string" ? source : source());
		} catch (cause) {
			held = void 0;
			throw cause;
		}
	};
	return {
		renewable: typeof source !== "string",
		get: (renew) => renew || !held ? held = ask() : held
	};
}
/**
* When to ask for a newer token, in milliseconds from now: a tenth of what is
* left before the end, at most a minute. undefined: never.
*/
function renewalDelay(token, now) {
	const left = expiry(token) - now;
	if (!(left > 0)) return void 0;
	return Math.min(left - Math.min(6e4, left / 10), 2 ** 31 - 1);
}
/** When a JWT ends (RFC 7519, section 4.1.4), in milliseconds since 1970; NaN: it does not say. */
function expiry(token) {
	try {
		const claims = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
		return JSON.parse(atob(claims)).exp * 1e3;
	} catch {
		return NaN;
	}
}
// src/wake.ts
/**
* Tells when a connection should be looked after: `online`, the network is
* another one or the page was frozen; `wake`, the tab is looked at again. Sleep
* shows by itself, at the next tick.
*/
function onWake(tell) {
	const off = new AbortController();
	const on = (target, name, listener) => target?.addEventListener?.(name, listener, { signal: off.signal });
	on(globalThis, "online", () => tell("online"));
	on(globalThis, "pageshow", (e) => e.persisted && tell("online"));
	on(globalThis.document, "visibilitychange", () => document.hidden || tell("wake"));
	return () => off.abort();
}
// src/client.ts
/** How often typing() says so, in milliseconds. */
var typingEvery = 3e3;
/** A user's live inbox. Make one a page with createClient. */
var Client = class {
	inbox;
	#told = new Listeners();
	#driver;
	#requests = requests((frame) => this.#driver.send(frame));
	#rest;
	#store;
	#token;
	#tab = alerting();
	/** How many want a topic. */
	#topics = /* @__PURE__ */ new Map();
	/** What this connection was opened with, and what was changed since. */
	#opening;
	/** New items of the replay. */
	#missed = [];
	#counts;
	#renewal;
	#unwake;
	/** When it was last said that the user is typing, by topic. */
	#typed = /* @__PURE__ */ new Map();
	#user;
	#url;
	/** @internal */
	constructor(options) {
		const { url, getToken, topics = [], items = 20, filter = "", transport = "auto", initial, ...given } = options;
		const source = getToken ?? options.token;
		if (!source) throw new BelfryError("invalid", "give a token, or getToken");
		this.#token = token(source);
		this.#url = absolute(url);
		const means = {
			url: this.#url,
			fetch: given.fetch ?? ((...args) => fetch(...args)),
			WebSocket: given.WebSocket ?? globalThis.WebSocket
		};
		for (const topic of topics) this.#topics.set(topic, 1);
		this.#rest = rest(means, this.#token);
		this.#store = new Store(this.#rest, initial && seed(initial));
		this.inbox = new Inbox(this.#store, { filter }, items, initial);
		this.#counts = this.#store.counts;
		this.#store.onChange(() => this.#tellCounts());
		const auto = means.WebSocket ? [
			"websocket",
			"sse",
			"poll"
		] : ["sse", "poll"];
		const hooks = {
			opening: (token) => this.#open({
				token,
				items,
				filter
			}),
			frame: this.#take,
			changed: this.#changed
		};
		this.#driver = driver(means, this.#token, hooks, transport === "auto" ? auto : [transport]);
	}
	/** Where the connection is in its life. */
	get connection() {
		return this.#driver.connection();
	}
	/** Who the token speaks for; undefined before the first welcome. */
	get user() {
		return this.#user;
	}
	/** The position that the next opening resumes from. */
	get cursor() {
		return this.#store.cursor;
	}
	/** Begins to connect, and again whenever the connection is lost. */
	connect() {
		if (!this.#unwake) this.#enter();
		this.#unwake ??= onWake((type) => {
			this.#driver.input({ type });
			if (type === "online") this.#enter();
		});
		this.#driver.input({ type: "connect" });
	}
	/** Ends the connection. What is held stays, and connect() goes on from there. */
	disconnect() {
		this.#unwake?.();
		this.#unwake = void 0;
		this.#tab.leave();
		this.#driver.input({ type: "disconnect" });
	}
	/** Tells the listener from now on; the answer ends that. */
	on(name, listener) {
		return this.#told.on(name, listener);
	}
	/** Ties the user to a topic for good: it counts in the inbox, also while nobody is online. */
	follow(topic) {
		return this.#rest("PUT", `/v1/inbox/topics/${encodeURIComponent(topic)}`);
	}
	/** Ends follow: the topic's items leave the inbox. */
	unfollow(topic) {
		return this.#rest("DELETE", `/v1/inbox/topics/${encodeURIComponent(topic)}`);
	}
	/**
	* Sees a topic live, in no inbox and no count, until as many have
	* unsubscribed. The answer unsubscribes.
	*/
	subscribe(topic) {
		const wanted = this.#topics.get(topic) ?? 0;
		this.#topics.set(topic, wanted + 1);
		if (!wanted) this.#syncTopics();
		let off = false;
		return () => {
			if (!off) this.unsubscribe(topic);
			off = true;
		};
	}
	unsubscribe(topic) {
		const wanted = this.#topics.get(topic) ?? 0;
		if (wanted > 1) return void this.#topics.set(topic, wanted - 1);
		this.#topics.delete(topic);
		this.#store.forget(topic);
		this.#syncTopics();
	}
	/** Sends an ephemeral signal to a target such as `topic:doc.42`; the token's `publish` must allow it. WebSocket only. */
	async signal(to, name, data) {
		await this.#requests.ask({
			type: "signal",
			to,
			name,
			data
		});
	}
	/** Says that the user is typing, to those who see the topic; at most every three seconds, so call it at every key. */
	typing(topic) {
		const now = Date.now();
		if (now - (this.#typed.get(topic) ?? 0) < typingEvery || this.connection.status !== "open") return;
		this.#typed.set(topic, now);
		this.signal(`topic:${topic}`, "typing").catch(this.#tellError);
	}
	/** Publishes, where the token's `publish` allows it. WebSocket only. With an idempotencyKey it may be tried again. */
	async publish(notification) {
		return this.#requests.ask({
			type: "publish",
			notification
		});
	}
	#open(opening) {
		return this.#opening = {
			...opening,
			cursor: this.#store.cursor,
			topics: [...this.#topics.keys()]
		};
	}
	#take = (frame) => {
		this.#requests.take(frame);
		const changes = this.#store.take(frame);
		if (frame.type === "welcome") {
			if (!frame.resumed) this.inbox.welcomed(frame.items);
			if (frame.user !== this.#user) this.#enter(this.#user = frame.user);
		}
		for (const change of changes) this.#tell(change);
		this.inbox.look(changes);
		if (frame.type === "signal") this.#told.tell("signal", frame);
		if (frame.type === "error" && !frame.ref && this.connection.status === "open") this.#tellError(refusal(frame.code, frame.detail));
		if (frame.type === "live") this.#sumUp();
	};
	#tell(change) {
		if (change.kind === "missing") return;
		if (change.kind === "reset") {
			this.#missed = [];
			this.#told.tell("reset");
			return;
		}
		const item = change.item;
		if (change.kind !== "created") return void this.#told.tell(change.kind, item);
		const { connection } = this;
		const live = connection.status === "open" && connection.live;
		if (!live) this.#missed.push(item);
		this.#told.tell("notification", item, {
			live,
			alert: live && !item.silent && this.#tab.held()
		});
	}
	/** Of what was missed, what nobody has seen elsewhere meanwhile. */
	#sumUp() {
		const held = new Map(this.#store.items.map((i) => [i.id, i]));
		const missed = this.#missed.filter((i) => !i.silent && i.inbox !== false && held.get(i.id) && !held.get(i.id)?.seenAt);
		this.#missed = [];
		if (missed.length) this.#told.tell("summary", missed, { alert: this.#tab.held() });
	}
	#tellCounts() {
		const { counts } = this.#store;
		if (counts.unread === this.#counts.unread && counts.unseen === this.#counts.unseen) return;
		this.#counts = counts;
		this.#told.tell("counts", counts);
	}
	#tellError = (error) => {
		if (error.code !== "outcome_unknown" && !this.#told.tell("error", error)) console.error(error);
	};
	#changed = (now, before) => {
		if (now.status !== "open") {
			this.#requests.lost();
			clearTimeout(this.#renewal);
		} else if (before.status !== "open") {
			this.#syncTopics();
			this.inbox.resume();
			this.#renewBefore(this.#opening?.token);
		}
		this.#told.tell("connection", now);
	};
	/** Makes the connection see the topics that are wanted: by frames, or where it takes none by opening anew. */
	#syncTopics() {
		if (this.connection.status !== "open" || !this.#opening) return;
		const { topics } = this.#opening;
		const wanted = [...this.#topics.keys()];
		const more = wanted.filter((t) => !topics.includes(t));
		const less = topics.filter((t) => !this.#topics.has(t));
		this.#opening = {
			...this.#opening,
			topics: wanted
		};
		if (!more.length && !less.length) return;
		if (this.connection.transport !== "websocket") return this.#driver.input({ type: "reopen" });
		for (const topic of more) this.#requests.ask({
			type: "subscribe",
			topic
		}).catch((error) => {
			if (error.told) this.#topics.delete(topic);
			this.#tellError(error);
		});
		for (const topic of less) this.#requests.ask({
			type: "unsubscribe",
			topic
		}).catch(this.#tellError);
	}
	#renewBefore = (token) => {
		clearTimeout(this.#renewal);
		const delay = renewalDelay(token, Date.now());
		if (delay !== void 0 && this.#token.renewable) this.#renewal = setTimeout(() => void this.#renew(token), delay);
	};
	/** Gives the session a newer token before the old one ends; where it takes no frames, opens anew with it. */
	async #renew(old) {
		let token = old;
		try {
			token = await this.#token.get(true);
			const { connection } = this;
			if (connection.status !== "open" || token === old) return;
			if (connection.transport !== "websocket") return this.#driver.input({ type: "reopen" });
			await this.#requests.ask({
				type: "auth",
				token
			});
		} catch (error) {
			this.#tellError(error);
		} finally {
			if (this.connection.status === "open") this.#renewBefore(token);
		}
	}
	/** Takes part in the choice of the tab that alerts, once it is known whose tabs. */
	#enter(user = this.#user) {
		if (user) this.#tab.enter(`belfry ${this.#url} ${user}`);
	}
};
/** fetch and WebSocket want a whole address where there is no page to complete it. */
function absolute(url) {
	return new URL(url, globalThis.location?.href).href.replace(/\/+$/, "");
}
// src/index.ts
/**
* @belfry/client: a user's notifications, live and exact, in a browser, Node or
* Deno.
*
*     types, frame, error   the nouns, as they travel
*     receipt               what a receipt means: the same rules as the server's
*     replica               what is held, as a pure function of the frames
*     connection, backoff   the life of a connection, as a pure function
*     transport/            WebSocket, SSE and long polling: frames in, frames out
*     driver                carries out what the connection decides
*     token, rest, requests credentials, HTTP requests, frames that are answered
*     marks, store          what is held with the marks that are still under way
*     view, inbox           lists of it, page by page; the marks
*     tabs, wake, listeners which tab alerts; when to look at the connection; who is told
*     client                all of it together
*
* A frame goes: transport → driver → client → store (replica) → views and
* listeners. A mark goes: inbox → store (shown at once) → marks → HTTP, and
* comes back as a frame.
*/
/**
* Makes a client. Nothing happens before connect().
*
*     const belfry = createClient<{ comment: { postId: string } }>({ url, getToken });
*     belfry.on('notification', (item, { live }) => live && toast(item.title));
*     belfry.connect();
*/
function createClient(options) {
	return new Client(options);
}
export { BelfryError, createClient };

//# sourceMappingURL=index.js.map