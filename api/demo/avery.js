/** The demo page: what the connection hears, shown; what the coach does, said. The rules of the conversation are the server's. */

import { Connection, uuid } from "/connection.js";
import { markdown, safe } from "/markdown.js";

const PHASES = {
  discovery: "You",
  social_connect: "Socials",
  content_import: "Posts",
  profile_setup: "Profile",
  pricing: "Price",
  launch: "Launch",
  next_steps: "Next",
};
const SCORECARD = {
  profile_photo: "Photo",
  socials_connected: "Socials",
  blogs_published: "Posts",
  store_shared: "Shared",
  live_scheduled: "Live",
};
const POPUP_ACTIONS = { connect: (button) => button.value, stripe: () => "stripe" };
const PLATFORMS = { instagram: "Instagram", tiktok: "TikTok", youtube: "YouTube", stripe: "Stripe" };
/** Where the sandbox's store shows what changed, so that the preview follows the conversation; the first one counts. */
const SHOWN_AT = { liveSessions: "#live", blogs: "#posts", price: ".offer", bio: "#about", photoUrl: ".hero", name: ".hero", niche: ".hero", theme: ".hero" };
const NEAR = 64; // pixels from the bottom within which the page follows the conversation
const MAX_PHOTO = 10 * 1024 * 1024;

const $ = (id) => document.getElementById(id);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const precise = matchMedia("(hover: hover) and (pointer: fine)");

let connection;
let page; // what is shown: made anew for each coach
let maxText = 4000;

const blankPage = () => ({
  shown: new Map(), // message id → {message, seq, inReplyTo, node}
  order: [], // the same, as they stand
  streams: new Map(), // message id → {text, index, node, dirty}
  mine: new Set(), // messages that this tab sent
  turns: new Set(), // turns that are being answered
  popup: null, // {window, platform, messageId}
  missed: 0,
  caughtUp: false,
  target: 0, // the transcript's last seq when we joined
  store: null,
});

// Small things --------------------------------------------------------------------------------------------------------

function make(name, properties = {}, ...children) {
  const { dataset, aria, ...rest } = properties;
  const node = Object.assign(document.createElement(name), rest);
  Object.assign(node.dataset, dataset);
  for (const [key, value] of Object.entries(aria ?? {})) node.setAttribute(key === "role" ? key : `aria-${key}`, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const tell = (text) => {
  $("status").textContent = text;
};

function warn(text) {
  $("alert").replaceChildren(
    text,
    make("button", { type: "button", className: "plain", textContent: "Dismiss", onclick: () => ($("alert").hidden = true) }),
  );
  $("alert").hidden = false;
}

// Who -----------------------------------------------------------------------------------------------------------------

const isId = (value) => Number.isInteger(value) && value > 0 && value < 2 ** 31;

function whoAmI() {
  const asked = new URLSearchParams(location.search);
  const coachId = Number(asked.get("coach"));
  if (isId(coachId)) {
    const applicationId = Number(asked.get("app"));
    return { coachId, applicationId: isId(applicationId) ? applicationId : coachId };
  }
  try {
    const kept = JSON.parse(localStorage.getItem("avery.coach"));
    if (isId(kept?.coachId) && isId(kept?.applicationId)) return kept;
  } catch {
    // Not ours: somebody new, then.
  }
  return somebodyNew();
}

function somebodyNew() {
  const id = 1_000_000 + Math.floor(Math.random() * 2_000_000_000);
  const coach = { coachId: id, applicationId: id };
  localStorage.setItem("avery.coach", JSON.stringify(coach));
  return coach;
}

function start(coach) {
  connection?.end();
  clear();
  document.title = `Avery · coach ${coach.coachId}`;
  $("text").value = sessionStorage.getItem(`avery.draft.${coach.coachId}`) ?? "";
  onInput();
  connection = new Connection(coach, { onFrame, onState, onReset: clear });
  for (const entry of connection.outbox.all()) pend(entry);
  connection.open();
  if (precise.matches) $("text").focus();
}

function clear() {
  page = blankPage();
  for (const id of ["log", "streams", "doing", "popups", "party"]) $(id).replaceChildren();
  for (const id of ["alert", "earlier", "latest", "typing", "stop"]) $(id).hidden = true;
  $("log").setAttribute("aria-busy", "true");
  $("frames").replaceChildren(make("p", { className: "store-empty", textContent: "Your store appears here as you talk." }));
  showProgress({ phase: "discovery", progressPct: 0, scorecard: {}, skipped: [] });
}

// What the connection says of itself ------------------------------------------------------------------------------------

function onState({ state, text }) {
  const banner = $("connection");
  document.body.dataset.connection = state;
  if (state === "stopped") {
    banner.hidden = true;
    warn(text);
    return;
  }
  banner.hidden = state === "online" || state === "connecting";
  if (!banner.hidden && banner.dataset.text !== text + state) {
    banner.replaceChildren(text);
    if (state === "failing") {
      banner.append(make("button", { type: "button", className: "plain", textContent: "Try now", onclick: () => connection.retry() }));
    }
  }
  banner.dataset.text = text + state;
  if (state !== "online") endTurns();
}

// What is heard ---------------------------------------------------------------------------------------------------------

const HEARD = {
  session_ready({ payload }) {
    endTurns();
    maxText = payload.limits.maxText;
    page.target = payload.lastSeq;
    page.caughtUp = payload.lastSeq === 0;
    $("mode").textContent = payload.mode === "ai" ? "Your setup assistant" : "Your setup assistant · scripted";
    showProgress(payload);
    showStore(payload.storePreview);
    catchUp(connection.last);
    if (payload.pending) showTyping();
  },
  ack({ payload, seq }) {
    const entry = page.shown.get(payload.messageId);
    if (entry && seq !== undefined) place(entry, seq);
    if (entry) entry.node.classList.remove("waiting");
    catchUp(connection.last);
  },
  avery_message: onMessage,
  avery_stream_end: onMessage,
  avery_typing({ payload, messageId, inReplyTo }) {
    if (payload.isTyping) {
      page.turns.add(messageId);
      $("alert").hidden = true;
      showTyping();
    } else {
      page.turns.delete(messageId);
      if (!page.turns.size) endTurns();
      // The turn that the popup was opened for is over and nothing was to be opened.
      if (page.popup?.messageId && page.popup.messageId === inReplyTo && !page.popup.url) closePopup();
    }
  },
  avery_stream_chunk({ payload, messageId }) {
    let stream = page.streams.get(messageId);
    if (!stream) {
      if (page.shown.has(messageId)) return;
      stream = { text: "", index: -1, node: bubble("avery") };
      page.streams.set(messageId, stream);
      $("streams").append(stream.node);
      $("typing").hidden = true;
      $("stop").hidden = false;
    }
    if (payload.replace) stream.text = payload.text;
    else if (payload.index > stream.index) stream.text += payload.text;
    else return;
    stream.index = payload.index;
    if (stream.dirty) return;
    stream.dirty = true;
    requestAnimationFrame(() => {
      stream.dirty = false;
      following(() => stream.node.querySelector(".words").replaceChildren(markdown(stream.text)));
    });
  },
  function_executing({ payload }) {
    following(() => $("doing").append(make("li", { className: "doing-now", textContent: payload.label, dataset: { call: payload.callId } })));
  },
  function_complete({ payload }) {
    const line = doing(payload.callId);
    if (!line) return;
    line.className = payload.ok ? "done" : "failed";
    line.textContent = payload.summary;
  },
  progress_update({ payload }) {
    showProgress(payload);
    if (payload.celebration) celebrate(payload.celebration);
  },
  store_preview_update: ({ payload }) => showStore(payload),
  trigger_oauth: onPopupWanted,
  oauth_complete({ payload }) {
    closePopup();
    for (const card of document.querySelectorAll(`#popups [data-platform="${CSS.escape(payload.platform)}"]`)) card.remove();
  },
  error({ payload, messageId }) {
    const entry = page.shown.get(messageId);
    if (entry && !payload.retryable) {
      entry.node.classList.replace("waiting", "failed");
      if (entry.message.content && !$("text").value) {
        $("text").value = entry.message.content;
        onInput();
      }
    }
    warn(payload.message);
  },
};

function onFrame(frame) {
  HEARD[frame.type]?.(frame);
}

function onMessage({ payload, seq, inReplyTo }) {
  const stream = page.streams.get(payload.id);
  page.streams.delete(payload.id);
  following(() => {
    stream?.node.remove();
    for (const call of payload.functionCalls ?? []) doing(call.callId)?.remove();
    show(payload, seq, inReplyTo);
  });
  if (payload.role !== "coach" && page.caughtUp && !isPinned()) {
    page.missed++;
    showLatest();
  }
  catchUp(seq ?? connection.last);
}

/** The history is complete: from here on what comes is news, and read out. */
function catchUp(seq) {
  if (page.caughtUp || seq < page.target) {
    if (!page.target) $("log").setAttribute("aria-busy", "false");
    return;
  }
  page.caughtUp = true;
  $("log").setAttribute("aria-busy", "false");
  $("earlier").hidden = !(page.order[0]?.seq > 1);
  toBottom();
}

const doing = (callId) => document.querySelector(`#doing [data-call="${CSS.escape(callId)}"]`);

function showTyping() {
  following(() => {
    $("typing").hidden = page.streams.size > 0;
    $("stop").hidden = false;
    if ($("status").textContent !== "Avery is typing") tell("Avery is typing");
  });
}

function endTurns() {
  page.turns.clear();
  page.streams.clear();
  for (const id of ["streams", "doing"]) $(id).replaceChildren();
  $("typing").hidden = $("stop").hidden = true;
  tell("");
}

// The transcript --------------------------------------------------------------------------------------------------------

const bubble = (role) => make("article", { className: `message ${role}` }, make("div", { className: "words" }));

/** Show a message at its place; one that is there already is only put right. */
function show(message, seq, inReplyTo) {
  const known = page.shown.get(message.id);
  if (known) {
    known.node.classList.remove("waiting", "failed");
    if (seq !== undefined) place(known, seq);
    return;
  }
  const entry = { message, seq: seq ?? Infinity, inReplyTo, node: draw(message) };
  page.shown.set(message.id, entry);
  insert(entry);
  freshen();
}

function insert(entry) {
  let at = page.order.length;
  while (at > 0 && page.order[at - 1].seq > entry.seq) at--;
  page.order.splice(at, 0, entry);
  const next = page.order[at + 1]?.node ?? null;
  // Nothing is moved that stands right: a moved node would be read out again.
  if (entry.node.parentNode !== $("log") || entry.node.nextSibling !== next) $("log").insertBefore(entry.node, next);
}

function place(entry, seq) {
  if (entry.seq === seq) return;
  page.order.splice(page.order.indexOf(entry), 1);
  entry.seq = seq;
  insert(entry);
}

/** Only the last turn's buttons can be pressed: what they offer was meant for that moment. */
function freshen() {
  const last = page.order.at(-1);
  let live = last?.message.role !== "coach";
  for (let at = page.order.length - 1; at >= 0; at--) {
    const { message, inReplyTo, node } = page.order[at];
    if (message.role === "coach" || inReplyTo !== last.inReplyTo) live = false;
    const said = page.order[at + 1]?.message.role === "coach" ? page.order[at + 1].message.content : null;
    for (const button of node.querySelectorAll(".choices button")) {
      if (button.dataset.keep) continue;
      button.disabled = !live;
      button.classList.toggle("chosen", !live && said === button.dataset.label);
    }
    if (!live && !node.dataset.stale) {
      if (message.role !== "coach") node.dataset.stale = "yes";
    } else if (!live && at < page.order.length - 12) break;
  }
}

function draw(message) {
  const node = bubble(message.role);
  node.dataset.id = message.id;
  node.prepend(make("span", { className: "unseen", textContent: message.role === "coach" ? "You said:" : "Avery said:" }));
  const words = node.querySelector(".words");
  if (message.role === "coach") words.textContent = message.content;
  else if (message.content === message.preview?.title) words.remove();
  else words.append(markdown(message.content));
  if (!message.content && !message.preview) words.textContent = "…";
  if (message.functionCalls?.length) {
    const lines = message.functionCalls.map((call) => make("li", { className: call.ok ? "done" : "failed", textContent: call.summary }));
    node.prepend(make("ul", { className: "doing" }, ...lines));
  }
  if (message.preview) node.append(card(message.preview));
  if (message.stopped) node.append(make("p", { className: "note", textContent: "You stopped Avery here." }));
  if (message.buttons?.length) node.append(choices(message.buttons));
  const at = new Date(message.timestamp);
  if (!Number.isNaN(at.valueOf())) node.title = at.toLocaleString();
  return node;
}

function choices(buttons) {
  const drawn = buttons.map((button) => {
    const text = [button.icon, button.label].filter(Boolean).join(" ");
    const node = make("button", { type: "button", className: button.variant ?? "secondary", textContent: text });
    node.dataset.label = button.label;
    node.dataset.action = button.action;
    node.addEventListener("click", () => press(button, node));
    return node;
  });
  return make("div", { className: "choices", aria: { role: "group", label: "Choices" } }, ...drawn);
}

function card(preview) {
  const { type, title, content, imageUrl, actions } = preview;
  const node = make("section", { className: `card card-${type}`, aria: { label: title ?? "Preview" } });
  const image = imageUrl && safe(imageUrl);
  if (image) node.append(make("img", { src: image, alt: "", loading: "lazy", referrerPolicy: "no-referrer" }));
  if (title) node.append(make("h3", { textContent: title }));
  if (type === "analytics") node.append(numbers(content));
  else if (type === "share_post") node.append(make("p", { className: "share", textContent: content }), copy(content));
  else {
    const body = make("div", { className: "card-body" }, markdown(content));
    node.append(body);
    if (content.length > 420) node.append(unfold(body, content));
  }
  if (type === "store" && page.store) {
    node.append(make("a", { className: "plain", href: page.store.url, target: "_blank", rel: "noopener", textContent: "Open your store" }));
  }
  if (actions?.length) node.append(choices(actions));
  return node;
}

function unfold(body, content) {
  const words = content.split(/\s+/).length;
  const more = `Read all ${words} words`;
  body.classList.add("folded");
  body.inert = true;
  const button = make("button", { type: "button", className: "plain", textContent: more, aria: { expanded: "false" } });
  button.addEventListener("click", () => {
    const open = body.classList.toggle("folded");
    body.inert = open;
    button.setAttribute("aria-expanded", String(!open));
    button.textContent = open ? more : "Show less";
  });
  return button;
}

function copy(text) {
  const button = make("button", { type: "button", className: "plain", textContent: "Copy" });
  button.addEventListener("click", async () => {
    let copied = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Only secure origins have a clipboard: mark the text, so that one key copies it.
      getSelection().selectAllChildren(button.previousSibling);
      copied = document.execCommand("copy");
    }
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    tell(button.textContent);
    setTimeout(() => (button.textContent = "Copy"), 2500);
  });
  return button;
}

function numbers(content) {
  const list = make("dl");
  for (const line of content.split("\n")) {
    const [name, ...value] = line.split(":");
    if (!name.trim()) continue;
    list.append(make("div", {}, make("dt", { textContent: name.trim() }), make("dd", { textContent: value.join(":").trim() })));
  }
  return list;
}

async function showEarlier() {
  const first = page.order[0];
  const here = page;
  $("earlier").disabled = true;
  try {
    const { messages } = await connection.get(`/api/avery/messages?before=${first.seq}&limit=50`);
    if (here !== page) return;
    const scroll = $("scroll");
    const below = scroll.scrollHeight - scroll.scrollTop;
    $("log").setAttribute("aria-busy", "true");
    for (const { seq, inReplyTo, ...message } of messages) show(message, seq, inReplyTo);
    scroll.scrollTop = scroll.scrollHeight - below;
    $("log").setAttribute("aria-busy", "false");
    $("earlier").hidden = !(messages.at(-1)?.seq > 1);
  } catch {
    warn("The earlier messages did not come. Try again in a moment.");
  } finally {
    $("earlier").disabled = false;
  }
}

// Following the conversation, never pulling a reader away -----------------------------------------------------------------

let pinned = true;
const isPinned = () => pinned;

function following(change) {
  change();
  if (pinned) toBottom();
}

function toBottom() {
  const scroll = $("scroll");
  scroll.scrollTop = scroll.scrollHeight;
  pinned = true;
  if (page) page.missed = 0;
  showLatest();
}

function onScroll() {
  const { scrollHeight, scrollTop, clientHeight } = $("scroll");
  pinned = scrollHeight - scrollTop - clientHeight < NEAR;
  if (pinned) page.missed = 0;
  showLatest();
}

function showLatest() {
  $("latest").hidden = pinned;
  $("latest").textContent = page?.missed ? `${page.missed} new · jump to the latest` : "Jump to the latest";
}

// What the coach does -----------------------------------------------------------------------------------------------------

/** Show what was said before it is acknowledged. */
function pend({ type, payload, messageId }) {
  const content = type === "button_click" ? payload.button.label : payload.text;
  page.mine.add(messageId);
  show({ id: messageId, role: "coach", content, timestamp: new Date().toISOString() });
  page.shown.get(messageId).node.classList.add("waiting");
  toBottom();
}

function say(type, payload) {
  $("alert").hidden = true;
  endParty();
  const messageId = connection.say(type, payload);
  pend({ type, payload, messageId });
  return messageId;
}

function press(button, node) {
  if (button.action === "upload_photo") {
    $("photo").click();
    return;
  }
  const platform = POPUP_ACTIONS[button.action]?.(button);
  if (platform) openPopup(platform);
  for (const other of node.closest(".message").querySelectorAll(".choices button")) other.disabled = true;
  const messageId = say("button_click", { button });
  if (page.popup && platform) page.popup.messageId = messageId;
  if (precise.matches) $("text").focus({ preventScroll: true });
}

function onSubmit(event) {
  event.preventDefault();
  const text = $("text").value.toWellFormed?.() ?? $("text").value;
  if (!text.trim() || length(text) > maxText) return;
  connection.typing(false);
  say("coach_message", { text });
  $("text").value = "";
  onInput();
}

const length = (text) => [...text].length;

function onInput() {
  const field = $("text");
  const used = length(field.value);
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 160)}px`;
  const near = used > maxText * 0.9;
  $("count").textContent = near ? `${used.toLocaleString()} of ${maxText.toLocaleString()} characters` : "";
  $("count").classList.toggle("over", used > maxText);
  $("send").disabled = !field.value.trim() || used > maxText;
  if (connection) sessionStorage.setItem(`avery.draft.${connection.coach.coachId}`, field.value);
}

async function onPhoto() {
  const [file] = $("photo").files;
  $("photo").value = "";
  if (!file) return;
  if (file.size > MAX_PHOTO) {
    warn("That photo is larger than 10 MB. A smaller one will look just as good.");
    return;
  }
  const body = new FormData();
  body.append("messageId", uuid());
  body.append("photo", file);
  const line = make("li", { className: "doing-now", textContent: "Uploading your photo" });
  following(() => $("doing").append(line));
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.post("/api/avery/photo", body);
      break;
    } catch (error) {
      if (error.status < 500 || attempt === 3) {
        warn(error.status ? `The photo was not taken: ${error.message}.` : "The photo did not get through. Try again?");
        break;
      }
    }
  }
  line.remove();
}

// Windows of others: social accounts, Stripe --------------------------------------------------------------------------------

/** In the click itself: a window that is opened later is blocked. Where it goes is known when the server says it. */
function openPopup(platform) {
  closePopup();
  const opened = open("", "avery_popup", "popup,width=600,height=700");
  if (!opened) return;
  try {
    opened.document.title = "One moment…";
    opened.document.body.textContent = `Opening ${PLATFORMS[platform] ?? platform}…`;
  } catch {
    // It shows another site already, from before.
  }
  page.popup = { window: opened, platform };
}

function onPopupWanted({ payload, inReplyTo }) {
  const { platform, url } = payload;
  const target = safe(url);
  if (!target || (inReplyTo && !page.mine.has(inReplyTo))) return; // another tab's wish
  if (page.popup && !page.popup.window.closed) {
    page.popup.url = target;
    page.popup.window.location.replace(target);
    watch(page.popup, platform);
    return;
  }
  const name = PLATFORMS[platform] ?? platform;
  const button = make("button", { type: "button", className: "primary", textContent: `Open ${name}` });
  const card = make("div", { className: "choices", dataset: { platform } }, button);
  button.dataset.keep = "yes";
  button.addEventListener("click", () => {
    const opened = open(target, "avery_popup", "popup,width=600,height=700");
    card.remove(); // such an address opens once
    if (opened) watch((page.popup = { window: opened, platform, url: target }), platform);
  });
  following(() => $("popups").replaceChildren(card));
}

/** A window that the coach closed by hand is told to the server: a hint, its own record decides. */
function watch(popup, platform) {
  const timer = setInterval(() => {
    if (page.popup !== popup) clearInterval(timer);
    else if (popup.window.closed) {
      clearInterval(timer);
      page.popup = null;
      if (platform !== "stripe") connection.send("oauth_complete", { platform, status: "closed" });
    }
  }, 500);
}

function closePopup() {
  page.popup?.window.close();
  page.popup = null;
}

// Progress and the store --------------------------------------------------------------------------------------------------

function showProgress({ phase, progressPct, scorecard, skipped = [], completed }) {
  const names = Object.keys(PHASES);
  const here = phase === "complete" ? names.length : names.indexOf(phase);
  const title = phase === "complete" ? "all done" : PHASES[phase] ?? phase;
  $("bar").setAttribute("aria-valuenow", progressPct);
  $("bar").setAttribute("aria-valuetext", `${progressPct} percent, ${title}`);
  $("bar-fill").style.width = `${progressPct}%`;
  $("phases").replaceChildren(
    ...names.map((name, at) => {
      const isSkipped = skipped.includes(name);
      const isDone = !isSkipped && (completed ? completed.includes(name) : at < here);
      const state = isSkipped ? "skipped" : name === phase ? "current" : isDone ? "done" : "open";
      const item = make("li", { className: state });
      if (state === "current") item.setAttribute("aria-current", "step");
      if (isSkipped && name !== phase) {
        const again = make("button", { type: "button", textContent: PHASES[name], title: "Skipped. Take it up again" });
        again.append(make("span", { className: "unseen", textContent: ", skipped: take it up again" }));
        again.addEventListener("click", () =>
          say("button_click", { button: { label: `Back to ${PHASES[name]}`, action: "goto", value: name, variant: "secondary" } }),
        );
        item.append(again);
      } else {
        item.append(PHASES[name], make("span", { className: "unseen", textContent: state === "current" ? "" : `, ${state}` }));
      }
      return item;
    }),
  );
  $("scorecard").replaceChildren(
    ...Object.entries(SCORECARD).map(([name, label]) => {
      const done = Boolean(scorecard[name]);
      return make("li", { className: done ? "done" : "open" }, label, make("span", { className: "unseen", textContent: done ? ", done" : ", to do" }));
    }),
  );
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function showStore(preview) {
  const target = safe(preview.url);
  if (!target || (page.store?.revision === preview.revision && page.store.url === target)) return;
  const url = new URL(target);
  const loopback = ["127.0.0.1", "localhost", "[::1]"];
  // The same server under this machine's other name: as our own origin it keeps its place when it is loaded anew.
  if (loopback.includes(url.hostname) && loopback.includes(location.hostname) && url.port === location.port) url.host = location.host;
  const changed = page.store ? Object.keys(SHOWN_AT).find((name) => !same(page.store.store[name], preview.store[name])) : null;
  page.store = { url: target, revision: preview.revision, store: preview.store };
  $("store-url").href = url.href;
  $("store-url").textContent = url.host + url.pathname;
  url.searchParams.set("preview", "1");
  url.searchParams.set("r", preview.revision);
  const old = $("frames").querySelector("iframe.shown");
  const frame = make("iframe", { title: "Preview of your store", src: url.href });
  frame.setAttribute("sandbox", "allow-same-origin allow-popups allow-forms");
  frame.addEventListener("load", () => {
    if (!frame.isConnected) return;
    try {
      frame.contentWindow.scrollTo(0, old?.contentWindow.scrollY ?? 0);
      const news = changed && frame.contentDocument.querySelector(SHOWN_AT[changed]);
      news?.scrollIntoView({ behavior: still.matches ? "auto" : "smooth", block: "center" });
    } catch {
      // Another origin: it begins at its top.
    }
    frame.classList.add("shown");
    for (const other of [...$("frames").children]) if (other !== frame) other.remove();
    if (old) $("to-store").dataset.news = "yes";
  }, { once: true });
  for (const other of $("frames").querySelectorAll("iframe:not(.shown)")) other.remove();
  $("frames").append(frame);
}

function toggleStore(open) {
  endParty();
  document.body.classList.toggle("store-open", open);
  delete $("to-store").dataset.news;
  $(open ? "to-chat" : "to-store").focus();
}

// Celebrating -------------------------------------------------------------------------------------------------------------

function celebrate({ kind, title, text }) {
  const close = make("button", { type: "button", className: "plain", textContent: "Close" });
  const card = make("div", { className: `cheer cheer-${kind}` }, make("strong", { textContent: title }));
  if (text) card.append(make("p", { textContent: text }));
  card.append(close);
  close.addEventListener("click", endParty);
  $("party").replaceChildren(card);
  if (!still.matches) confetti(kind === "phase" ? 60 : 160);
}

function endParty() {
  const focused = $("party").contains(document.activeElement);
  $("party").replaceChildren();
  if (focused) $("text").focus({ preventScroll: true });
}

function confetti(count) {
  const canvas = make("canvas", { className: "confetti", width: innerWidth, height: innerHeight, aria: { hidden: "true" } });
  const paint = canvas.getContext("2d");
  if (!paint) return;
  $("party").append(canvas);
  const colours = ["#6C5CE7", "#00B894", "#FDCB6E", "#E17055", "#74B9FF"];
  const pieces = Array.from({ length: count }, (_, at) => ({
    x: innerWidth / 2 + (Math.random() - 0.5) * 160,
    y: innerHeight * 0.35,
    dx: (Math.random() - 0.5) * 900,
    dy: -300 - Math.random() * 600,
    turn: Math.random() * 6,
    spin: (Math.random() - 0.5) * 12,
    size: 5 + Math.random() * 6,
    colour: colours[at % colours.length],
  }));
  const begun = performance.now();
  let before = begun;
  const step = (now) => {
    const passed = Math.min((now - before) / 1000, 0.05);
    before = now;
    paint.clearRect(0, 0, canvas.width, canvas.height);
    paint.globalAlpha = Math.max(0, Math.min(1, 3.2 - (now - begun) / 1000));
    for (const piece of pieces) {
      piece.dx *= 0.985;
      piece.dy = piece.dy * 0.985 + 1300 * passed;
      piece.x += piece.dx * passed;
      piece.y += piece.dy * passed;
      piece.turn += piece.spin * passed;
      paint.save();
      paint.translate(piece.x, piece.y);
      paint.rotate(piece.turn);
      paint.fillStyle = piece.colour;
      paint.fillRect(-piece.size / 2, -piece.size / 2, piece.size, piece.size * 0.6);
      paint.restore();
    }
    if (now - begun < 3200 && canvas.isConnected) requestAnimationFrame(step);
    else canvas.remove();
  };
  requestAnimationFrame(step);
}

// The page ----------------------------------------------------------------------------------------------------------------

$("composer").addEventListener("submit", onSubmit);
$("text").addEventListener("input", () => {
  onInput();
  connection.typing(Boolean($("text").value.trim()));
});
$("text").addEventListener("blur", () => connection.typing(false));
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) onSubmit(event);
});
$("stop").addEventListener("click", () => connection.send("stop_generation"));
$("pick").addEventListener("click", () => $("photo").click());
$("photo").addEventListener("change", onPhoto);
$("scroll").addEventListener("scroll", onScroll, { passive: true });
$("latest").addEventListener("click", toBottom);
$("earlier").addEventListener("click", showEarlier);
$("to-store").addEventListener("click", () => toggleStore(true));
$("to-chat").addEventListener("click", () => toggleStore(false));
$("new-coach").addEventListener("click", () => {
  if (location.search) history.replaceState(null, "", location.pathname);
  start(somebodyNew());
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if ($("party").hasChildNodes()) endParty();
  else if (document.body.classList.contains("store-open")) toggleStore(false);
});
/** What the consent window says at its end: only a hint, for the server to look at its own record. */
function onHint({ type, platform, status }) {
  if (type === "oauth_callback" && platform) connection.send("oauth_complete", { platform, status: String(status ?? "") });
}
addEventListener("message", (event) => event.origin === location.origin && onHint(event.data ?? {}));
// A window that lost its opener on the way still reaches us here.
new BroadcastChannel("avery-oauth").onmessage = (event) => onHint(event.data ?? {});
new ResizeObserver(() => page && pinned && toBottom()).observe($("scroll"));

start(whoAmI());
