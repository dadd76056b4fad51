/**
 * The WebSocket of one coach: tickets, resume, the outbox, the heartbeat, coming back.
 * Knows the protocol's frames and nothing of the page: `onFrame(frame)` and `onState({state, text, code})`.
 */

const PING_EVERY = 25_000;
const PONG_WITHIN = 8_000;
const ACK_WITHIN = 10_000;
const FIRST_PAGE = 60;
const GIVE_UP_LOUDLY = 5;
const TYPING_EVERY = 10_000; // while the coach types, typing_start is said again this often
const TYPING_ENDS = 5_000; // after so long without a key
const STOPPED = {
  4003: "This conversation belongs to another store. Choose “New coach” to start one of your own.",
  4400: "This page and the server do not understand each other. Reload the page.",
};

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Only secure origins have randomUUID; the demo may be opened by a plain address in the house.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

export class Connection {
  constructor(coach, { onFrame, onState, onReset }) {
    Object.assign(this, { coach, onFrame, onState, onReset });
    this.last = null; // the last seq that was seen, null before the first
    this.token = null;
    this.socket = null;
    this.online = false;
    this.over = false;
    this.failures = 0;
    this.refused = 0;
    this.fastest = 0; // not before: milliseconds that the server asked for
    this.typed = 0; // when typing_start was said last
    this.round = 0; // each attempt's number: what an older one still says is not heard
    this.timers = {};
    this.outbox = new Outbox(coach.coachId);
    this.wakeUp = () => document.visibilityState === "visible" && this.wake();
    document.addEventListener("visibilitychange", this.wakeUp);
    addEventListener("online", this.wakeUp);
    addEventListener("pageshow", this.wakeUp);
  }

  /** Forget the coach: nothing of this connection happens any more. */
  end() {
    this.over = true;
    this.drop();
    document.removeEventListener("visibilitychange", this.wakeUp);
    removeEventListener("online", this.wakeUp);
    removeEventListener("pageshow", this.wakeUp);
  }

  async open() {
    if (this.over) return;
    this.drop();
    const round = this.round;
    if (!this.failures) this.onState({ state: "connecting" });
    try {
      const { ticket } = await this.post("/api/avery/ticket");
      if (round !== this.round) return;
      const address = new URL("/ws/avery", location.href);
      address.protocol = address.protocol.replace("http", "ws");
      this.socket = new WebSocket(address, ["avery.v1", `avery.ticket.${ticket}`]);
    } catch (error) {
      if (round === this.round) this.later(error.status === 404 ? "The demo is not available on this server." : null);
      return;
    }
    this.timer("handshake", 15_000, () => this.lost(4408));
    this.socket.onopen = () => this.last !== null && this.send("resume", { after: this.last });
    this.socket.onmessage = (event) => round === this.round && this.hear(JSON.parse(event.data));
    this.socket.onclose = (event) => round === this.round && this.lost(event.code);
  }

  /** POST with the bearer token; a token that no longer holds is fetched anew, once. */
  async post(path, body = null, again = true) {
    this.token ??= await this.fetchToken();
    const answer = await fetch(path, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}` },
      body,
      signal: AbortSignal.timeout(body ? 60_000 : 10_000),
    });
    if (answer.status === 401 && again) {
      this.token = null;
      return this.post(path, body, false);
    }
    return read(answer);
  }

  async get(path) {
    this.token ??= await this.fetchToken();
    return read(await fetch(path, { headers: { Authorization: `Bearer ${this.token}` }, signal: AbortSignal.timeout(10_000) }));
  }

  async fetchToken() {
    const { coachId, applicationId } = this.coach;
    const body = {
      coach_id: coachId,
      application_id: applicationId,
      tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
      locale: navigator.language,
    };
    const answer = await fetch("/api/avery/demo-token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    return (await read(answer)).token;
  }

  // In -----------------------------------------------------------------------------------------------------------

  hear(frame) {
    clearTimeout(this.timers.pong);
    if (frame.type === "session_ready") {
      this.begin(frame);
      return;
    }
    if (frame.type === "reconnect") this.fastest = frame.payload.afterMs ?? 0;
    if (frame.type === "ack") this.settle(frame.payload.messageId);
    if (frame.type === "error") this.refuse(frame);
    if (frame.seq !== undefined) {
      if (frame.seq > this.last + 1) {
        // Something is missing: ask for it once, what follows comes again behind it.
        if (frame.type === "ack") this.onFrame({ ...frame, seq: undefined });
        if (!this.asked) this.send("resume", { after: this.last });
        this.asked = true;
        return;
      }
      this.asked = false;
      this.last = Math.max(this.last, frame.seq);
      if (frame.payload.role === "coach") this.settle(frame.payload.id);
    }
    this.onFrame(frame);
  }

  begin(frame) {
    const { lastSeq } = frame.payload;
    clearTimeout(this.timers.handshake);
    this.failures = this.refused = this.fastest = 0;
    this.asked = false;
    this.online = true;
    if (this.last !== null && lastSeq < this.last) {
      this.last = null; // another database than before: begin anew
      this.onReset();
    }
    if (this.last === null) {
      this.last = Math.max(0, lastSeq - FIRST_PAGE);
      if (lastSeq) this.send("resume", { after: this.last });
    }
    this.onState({ state: "online" });
    this.onFrame(frame);
    for (const entry of this.outbox.all()) this.transmit(entry);
    this.beat();
  }

  // Out ----------------------------------------------------------------------------------------------------------

  send(type, payload = {}, messageId = uuid()) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, payload, messageId }));
    return messageId;
  }

  /** The coach is typing, or not any more. Said when it changes and now and then, not with every key. */
  typing(isTyping) {
    clearTimeout(this.timers.typing);
    const now = Date.now();
    if (isTyping) {
      if (now - this.typed > TYPING_EVERY) {
        this.typed = now;
        this.send("typing_start");
      }
      this.timer("typing", TYPING_ENDS, () => this.typing(false));
    } else if (this.typed) {
      this.typed = 0;
      this.send("typing_stop");
    }
  }

  /** Say something that must arrive: kept, and sent again with the same id, until it is acknowledged. */
  say(type, payload) {
    const entry = this.outbox.add({ type, payload, messageId: uuid() });
    if (this.online) this.transmit(entry);
    return entry.messageId;
  }

  transmit(entry) {
    this.send(entry.type, entry.payload, entry.messageId);
    this.timer(entry.messageId, ACK_WITHIN, () => this.online && this.outbox.has(entry.messageId) && this.transmit(entry));
  }

  settle(messageId) {
    clearTimeout(this.timers[messageId]);
    delete this.timers[messageId];
    this.outbox.remove(messageId);
  }

  refuse(frame) {
    const entry = this.outbox.all().find((each) => each.messageId === frame.messageId);
    if (!entry) return;
    if (frame.payload.retryable) this.timer(entry.messageId, 1000 + Math.random() * 2000, () => this.online && this.transmit(entry));
    else this.settle(entry.messageId);
  }

  // Staying and coming back --------------------------------------------------------------------------------------

  beat() {
    this.timer("ping", PING_EVERY, () => {
      this.check(PONG_WITHIN);
      this.beat();
    });
  }

  /** Find out whether the socket is alive: any frame within `patience` proves it. */
  check(patience) {
    this.send("ping");
    this.timer("pong", patience, () => this.lost(1006));
  }

  /** The page is looked at again, or the network is back: a socket may look open and be dead. */
  wake() {
    if (this.over || this.stopped) return;
    if (this.online) this.check(3000);
    else if (!this.socket) this.open();
  }

  lost(code) {
    this.drop();
    if (STOPPED[code]) {
      this.stopped = true;
      this.onState({ state: "stopped", text: STOPPED[code], code });
      return;
    }
    if (code === 4001 && ++this.refused > 1) this.token = null;
    if (code === 4008) this.fastest = 20_000;
    if (code === 1009) {
      const [entry] = this.outbox.all();
      if (entry) this.settle(entry.messageId);
    }
    this.later(code === 4008 ? "That was a lot at once. Back in a moment…" : null);
  }

  later(text) {
    const step = Math.min(500 * 2 ** this.failures, 6_000);
    const delay = this.fastest + step * (0.5 + Math.random() / 2);
    this.fastest = 0;
    this.failures++;
    this.onState({
      state: this.failures > GIVE_UP_LOUDLY ? "failing" : "reconnecting",
      text: text ?? "Lost connection. Reconnecting…",
    });
    this.timer("again", delay, () => this.open());
  }

  retry() {
    this.stopped = false;
    this.failures = 0;
    this.open();
  }

  drop() {
    this.round++;
    this.online = false;
    this.typed = 0;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = {};
    // Not waited for: on a dead network closing takes minutes.
    this.socket?.close();
    this.socket = null;
  }

  timer(name, delay, act) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(act, delay);
  }
}

/** What was said and is not acknowledged yet. One key a message, so that tabs do not write over each other. */
class Outbox {
  constructor(coachId) {
    this.prefix = `avery.outbox.${coachId}.`;
    this.memory = new Map();
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(this.prefix)) continue;
      try {
        const entry = JSON.parse(localStorage.getItem(key));
        this.memory.set(entry.messageId, entry);
      } catch {
        localStorage.removeItem(key);
      }
    }
  }

  add(entry) {
    const kept = { ...entry, at: Math.max(Date.now(), ...this.all().map((each) => each.at + 1)) };
    this.memory.set(kept.messageId, kept);
    try {
      localStorage.setItem(this.prefix + kept.messageId, JSON.stringify(kept));
    } catch {
      // A full or forbidden storage: then it is kept as long as this page.
    }
    return kept;
  }

  has(messageId) {
    return this.memory.has(messageId);
  }

  remove(messageId) {
    if (this.memory.delete(messageId)) localStorage.removeItem(this.prefix + messageId);
  }

  all() {
    return [...this.memory.values()].sort((one, other) => one.at - other.at);
  }
}

async function read(answer) {
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw Object.assign(new Error(body.detail ?? body.title ?? `HTTP ${answer.status}`), { status: answer.status });
}
