/* The chat page: shows a conversation, keeps what could not be sent yet, and follows what comes in. */
(() => {
"use strict";

const $ = (id) => document.getElementById(id);
const every = (selector, action) => document.querySelectorAll(selector).forEach(action);
const root = document.documentElement;
const log = $("log"), form = $("form"), box = $("text"), first = $("first"), ask = $("ask");
const page = JSON.parse($("page").textContent);
const languages = Array.from(ask.querySelectorAll("button"), (one) => [one.lang, one.textContent, one.firstChild.dir]);
every("[data-t]", (node) => { page.ui[root.lang][node.dataset.t] = node.textContent; });
const API = "/api/v1/conversations";
const LIMIT = 4000;
const framed = parent !== self;
const coarse = matchMedia("(pointer: coarse)").matches;

/* ---- Memory: of this tab only ---- */

const memory = {};
const keep = {
  get(key) {
    try { return JSON.parse(sessionStorage.getItem("verder." + key)); } catch (e) { return memory[key] || null; }
  },
  set(key, value) {
    memory[key] = value;
    try {
      if (value === null) sessionStorage.removeItem("verder." + key);
      else sessionStorage.setItem("verder." + key, JSON.stringify(value));
    } catch (e) { /* blocked: the memory will do */ }
  },
};
let me = keep.get("me"); // {id, token}
let outbox = keep.get("outbox") || []; // [{key, body, label}], oldest first
let run = 0; // counts conversations, so that late answers of an old one are dropped
let cursor, seen, latest, bubbles, again, notBefore, underway;
let anchor = log, shownAt = 0; // the bubble that the screen last started at
let live = null, ready = false, opening = false, sending = false, trouble = "";

function forget() {
  cursor = 0; // all up to this number came in by stream, poll or history
  seen = new Set();
  latest = null; // the bot message whose choices count: {message, node}
  bubbles = {}; // Idempotency-Key -> the person's bubble
  notBefore = 0;
  ready = false;
  log.textContent = "";
  if (first) log.append(first);
  if (!me) log.append(ask);
}

/* ---- Words ---- */

let language = root.lang, picked = false, dutch = 0;

function say(key, values) {
  const text = (page.ui[language] || {})[key] || page.ui.nl[key] || "";
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name]);
}

function speak(code) {
  const known = languages.find((one) => one[0] === code);
  if (!known) return;
  if (!page.ui[code] && page.words) {
    const address = page.words.replace("CODE", code);
    fetch(address).then((answer) => answer.json()).then((words) => {
      page.ui[code] = words;
      if (language === code) speak(code);
    }).catch(() => {});
  }
  language = code;
  keep.set("language", code);
  root.dir = known[2];
  root.lang = page.ui[code] ? code : "nl";
  every("[data-t]", (node) => { node.textContent = say(node.dataset.t); });
  box.placeholder = say("write.label");
  if ($("hello")) $("hello").textContent = page.first[code] || page.first.nl;
}

/* The page follows the language of the bot. One Dutch answer may be a fall-back, three in a row are a choice. */
function follow(message) {
  const code = message.language;
  if (message.from !== "bot" || !code) return;
  dutch = code === "nl" ? dutch + 1 : 0;
  if ((code !== language || !page.ui[code]) && (code !== "nl" || !picked || dutch > 2)) speak(code);
}

function line(text, seconds) {
  const node = $("line"), low = remains() < 120;
  if (node.textContent !== text) node.textContent = text;
  if (low && text) toEnd();
  clearTimeout(line.timer);
  if (seconds) line.timer = setTimeout(() => { node.textContent = ""; }, seconds * 1000);
}

let waits = 0;
function busy(on) {
  waits = Math.max(0, waits + (on ? 1 : -1));
  clearTimeout(busy.timer);
  if (waits) busy.timer = setTimeout(() => { $("busy").textContent = say("state.busy"); }, 600);
  else $("busy").textContent = "";
}

/* ---- Server ---- */

async function call(method, path, body, headers) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 20000);
  headers = { "Accept-Language": language, ...headers };
  if (me) headers.Authorization = "Bearer " + me.token;
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(API + path, {
      method, headers, signal: stop.signal, cache: "no-store", credentials: "omit", body: body && JSON.stringify(body),
    });
    const data = await (answer.ok && path.includes("/papers/") ? answer.blob() : answer.json()).catch(() => null);
    if (answer.ok && (data || method === "DELETE")) return data;
    throw {
      status: answer.ok ? 0 : answer.status,
      message: data && data.error && data.error.message,
      wait: Number(answer.headers.get("Retry-After")) || 0,
    };
  } catch (error) {
    throw "status" in error ? error : { status: 0, wait: 0 };
  } finally {
    clearTimeout(timer);
  }
}

const pause = (seconds) => new Promise((done) => {
  setTimeout(done, seconds * 1000);
  addEventListener("online", done, { once: true });
});
const lost = (error) => [401, 403, 404, 410].includes(error.status);
const refused = (error) => error.status >= 400 && error.status < 500 && ![408, 409, 425, 429].includes(error.status);

async function insist(mine, ask) {
  for (let tries = 0; mine === run; tries++) {
    try {
      const data = await ask();
      if (tries) line("");
      if (mine === run) return data;
    } catch (error) {
      if (error.over || mine !== run) return;
      line(error.wait ? say("state.down", { seconds: error.wait }) : say("state.start"));
      await pause(error.wait || Math.min(15, 2 ** tries));
    }
  }
}

/* The page stands ready without the service: a conversation begins with the first thing that somebody does. */
async function begin(wished) {
  if (opening) return;
  opening = true;
  const mine = ++run;
  ask.remove();
  busy(true);
  const data = await insist(mine, () => {
    const body = { language: wished, start, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    return call("POST", "", body).catch((error) => {
      if (refused(error)) start = wished = "";
      throw error;
    });
  });
  opening = false;
  busy(false);
  if (!data) return;
  me = { id: data.id, token: data.token };
  keep.set("me", me);
  keep.set("start", start = null);
  show(data.messages, true);
  follows(mine);
}

async function resume() {
  const mine = ++run;
  log.setAttribute("aria-live", "off");
  const unsent = outbox.map(bubbleOf);
  const data = await insist(mine, () => call("GET", "/" + me.id + "/messages?after=0").catch(overIfLost));
  if (!data) return;
  show(data.messages, true, unsent);
  let newest = log.lastElementChild;
  while (newest && newest.matches(".bot + .bot, .card + .card")) newest = newest.previousElementSibling;
  if (newest) inSight(newest);
  setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  follows(mine);
  /* From an article's page into a conversation that was already there. */
  if (topic) call("POST", "/" + me.id + "/turns", { choice: topic }, { "Idempotency-Key": newKey() }).then(({ messages }) => show(messages)).catch(() => {});
}

function overIfLost(error) {
  if (lost(error)) {
    error.over = true;
    restart("state.gone");
  }
  throw error;
}

function follows(mine) {
  ready = true;
  listen(mine);
  flush();
}

/* The first screen again, under the last words. What was typed but never arrived goes back into the box. */
function restart(notice, last) {
  const typed = outbox.filter((turn) => turn.body.text).map((turn) => turn.body.text).join("\n");
  run++;
  if (live) live.abort();
  clearTimeout(again);
  hush();
  keep.set("me", me = null);
  keep.set("outbox", outbox = []);
  forget();
  if (notice === "state.erased") {
    picked = false;
    ["language", "picked"].forEach((key) => keep.set(key, null));
  }
  log.setAttribute("aria-live", "polite");
  if (typed && !box.value) { box.value = typed; typing(); }
  scroller().scrollTop = 0;
  (last || []).forEach((one) => log.insertBefore(Object.assign(bubble(one), { done: true }), ask));
  if (last) inSight(ask.previousElementSibling);
  line(say(notice), 8);
  hint();
}

/* ---- Sending ---- */

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function send(body, label) {
  const turn = { key: newKey(), body, label, after: Math.max(...seen) };
  hush();
  outbox.push(turn);
  keep.set("outbox", outbox);
  const node = bubbleOf(turn);
  shownAt = 0;
  toEnd();
  flush();
  return node;
}

async function flush() {
  if (!me && outbox.length) return begin(picked || /^(nl|en)/.test(navigator.language) ? language : "");
  if (sending || !ready || !outbox.length || Date.now() < notBefore) return;
  const mine = run;
  sending = true;
  clearTimeout(again);
  busy(true);
  while (outbox.length && mine === run) {
    const turn = outbox[0];
    underway = bubbles[turn.key];
    try {
      const data = await call("POST", "/" + me.id + "/turns", turn.body, { "Idempotency-Key": turn.key });
      if (mine === run) arrived(turn, data.messages || []);
    } catch (error) {
      if (mine !== run) break;
      if (lost(error)) restart("state.gone");
      else if (refused(error)) { giveBack(turn, error.message || say("state.refused")); continue; }
      else waitWith(error);
      break;
    }
  }
  sending = false;
  busy(false);
  if (mine !== run) flush();
}

function drop(turn) {
  keep.set("outbox", outbox = outbox.filter((one) => one !== turn));
}

function arrived(turn, messages) {
  /* Numbers that begin anew are the last words of a conversation that is erased. */
  if (messages.length && messages[0].number === 1) return restart("state.erased", messages);
  const node = bubbles[turn.key];
  drop(turn);
  node.done = true;
  waiting(node, "");
  if (trouble) line(trouble === "offline" ? say("state.online") : "", 3);
  trouble = "";
  notBefore = 0;
  show(messages);
}

function giveBack(turn, message) {
  bubbles[turn.key].remove();
  drop(turn);
  if (turn.body.text && !box.value) { box.value = turn.body.text; typing(); }
  complain(message);
  if (turn.body.choice && latest) offer(latest);
}

function waitWith(error) {
  const seconds = error.wait || 4;
  trouble = error.status === 429 ? "slow" : error.status ? "down" : "offline";
  notBefore = error.wait ? Date.now() + seconds * 1000 : 0;
  outbox.forEach((turn) => waiting(bubbles[turn.key], error.status ? "state.sending" : "state.waiting"));
  line(say("state." + trouble, { seconds }));
  again = setTimeout(flush, seconds * 1000 + 50);
}

/* ---- Following ---- */

async function listen(mine) {
  for (let fails = 0, polls = 0; mine === run;) {
    if (fails < 2 || polls % 5 === 4) fails = await stream(mine) ? 0 : fails + 1;
    if (mine !== run) return;
    if (fails < 2) { polls = 0; await pause(fails + 1); continue; }
    let wait = 3;
    if (!document.hidden) {
      try {
        const data = await call("GET", "/" + me.id + "/messages?after=" + cursor);
        if (mine === run) show(data.messages, true);
      } catch (error) {
        if (mine !== run) return;
        if (lost(error)) return restart("state.gone");
        wait = error.wait || Math.min(15, 2 ** (polls + 1));
      }
    }
    polls++;
    await pause(wait);
  }
}

/* Reads the stream until it ends, or is silent for a minute; true when it was of use. */
async function stream(mine) {
  const stop = live = new AbortController();
  const decoder = new TextDecoder();
  const headers = { Authorization: "Bearer " + me.token, Accept: "text/event-stream" };
  const began = Date.now();
  let timer, rest = "", useful = false;
  const alive = () => { clearTimeout(timer); timer = setTimeout(() => stop.abort(), 60000); };
  if (cursor) headers["Last-Event-ID"] = String(cursor);
  alive();
  try {
    const answer = await fetch(API + "/" + me.id + "/stream", { headers, signal: stop.signal, cache: "no-store", credentials: "omit" });
    if (mine !== run) return false;
    if (lost(answer)) { restart("state.gone"); return false; }
    if (!answer.ok || !answer.body) return false;
    const reader = answer.body.getReader();
    for (;;) {
      const part = await reader.read();
      if (part.done || mine !== run) break;
      alive();
      const events = (rest + decoder.decode(part.value, { stream: true })).split(/\r?\n\r?\n/);
      rest = events.pop();
      if (events.filter(received).length || Date.now() - began > 5000) useful = true;
    }
  } catch (error) { /* the caller tries again */ }
  clearTimeout(timer);
  stop.abort();
  return useful;
}

function received(event) {
  const data = event.split(/\r?\n/).filter((one) => one.startsWith("data:")).map((one) => one.slice(5)).join("\n");
  if (data) show([JSON.parse(data)], true);
  return data;
}

/* ---- Showing ---- */

function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

/* Shows new messages, from the start of the first one, unless somebody is reading above. `opening` is there for a whole history:
   the bubbles of what was unsent when the page was opened. */
function show(messages, inOrder, opening) {
  const below = remains() < 120;
  let top = null;
  for (const message of messages) {
    if (inOrder) cursor = Math.max(cursor, message.number);
    if (seen.has(message.number)) continue;
    seen.add(message.number);
    follow(message);
    const own = message.from === "person";
    const node = own && adopt(message, opening) || place(message);
    if (own) continue;
    if (!top) top = node;
    if (!opening && root.matches(".aloud")) read(message);
  }
  if (top && !opening && (below || !inOrder)) {
    /* One answer can come in parts: the first stays in sight. */
    if (Date.now() - shownAt > 1000 || !anchor.isConnected) anchor = top;
    shownAt = Date.now();
    inSight(anchor);
  }
  hint();
}

/* The log scrolls, or the whole page: on low screens and on the start page of a phone. */
const scroller = () => getComputedStyle(log).overflowY === "visible" ? document.scrollingElement : log;

function remains() {
  const area = scroller();
  return area.scrollHeight - area.scrollTop - area.clientHeight;
}

function toEnd() {
  const area = scroller();
  area.scrollTop = area.scrollHeight;
}

function inSight(node) {
  const area = scroller();
  const above = area === log ? log.offsetTop : document.querySelector(".top").offsetHeight;
  area.scrollTop = node.offsetTop - above - 8;
}

function hint() {
  $("on").hidden = remains() < 60;
}

/* The stream repeats what this tab sent, and after a reload the history can hold what was unsent: its bubble gets the number. */
function adopt(message, unsent) {
  const own = (unsent || [...log.querySelectorAll(".person")]).filter((one) => !one.dataset.n && message.number > one.after);
  const node = own.find((one) => one.message.text === message.text) || own.find((one) => unsent || !one.matches(".waiting"));
  if (node) { node.dataset.n = message.number; waiting(node, ""); }
  return node;
}

function place(message) {
  const node = bubble(message);
  node.dataset.n = message.number;
  const later = [...log.querySelectorAll(".m")].find((one) => one.dataset.n ? one.dataset.n > message.number : !one.done && one !== underway);
  log.insertBefore(node, later || null);
  /* A notice leaves an open question open, unless it asks something itself. */
  const asks = message.from === "bot" || message.from === "system" && message.choices && message.choices.length;
  if (asks && (!latest || latest.message.number < message.number)) {
    if (latest) clear(latest);
    latest = { message, node };
    offer(latest);
  }
  return node;
}

function bubbleOf(turn) {
  const node = bubbles[turn.key] = bubble({ from: "person", text: turn.label, language: "" });
  node.after = turn.after;
  log.append(node);
  if (trouble || !navigator.onLine) waiting(node, trouble && trouble !== "offline" ? "state.sending" : "state.waiting");
  return node;
}

function waiting(node, key) {
  const old = node.querySelector(".state");
  if (old) old.remove();
  node.classList.toggle("waiting", !!key);
  if (key) node.append(make("span", "state", say(key)));
}

const WHO = { person: "log.you", bot: "log.bot", system: "log.notice" };

function bubble(message) {
  const card = message.from === "system" && (message.text.length > 90 || message.choices && message.choices.length);
  const node = make("div", "m " + message.from + (card ? " card" : ""));
  const inner = make("div", "bubble");
  node.tabIndex = -1;
  node.message = message;
  if (message.from === "counsellor") inner.append(nameOf(message));
  else inner.append(make("span", "vh", say(WHO[message.from] || "log.bot") + " "));
  const words = make("div", "words");
  write(words, message);
  inner.append(words);
  if (message.language) node.lang = message.language;
  inner.firstChild.lang = root.lang;
  if (message.image) inner.append(clock(message));
  if (message.papers) inner.append(papers(message));
  if (message.sources && message.sources.length) inner.append(law(message.sources));
  if (message.language) inner.append(tools(message, node));
  node.append(inner);
  return node;
}

function nameOf(message) {
  const node = make("p", "name");
  node.append(make("span", "", message.name || say("log.counsellor")));
  const at = new Date(message.at);
  if (!isNaN(at)) {
    const today = at.toDateString() === new Date().toDateString();
    const form = today ? { timeStyle: "short" } : { dateStyle: "short", timeStyle: "short" };
    const time = make("time", "", at.toLocaleString(language + "-u-nu-latn", form));
    time.dateTime = message.at;
    node.append(time);
  }
  return node;
}

/* Blank lines make paragraphs, lines with "- " a list, web addresses and phone numbers a link. */
function write(into, message) {
  for (const part of message.text.split(/\n\s*\n/)) {
    let list = null, lines = [];
    const paragraph = () => {
      if (lines.length) { const p = make("p", /^\d\. /.test(lines[0]) ? "step" : ""); p.dir = "auto"; linked(p, lines.join("\n")); into.append(p); }
      lines = [];
    };
    for (const one of part.split("\n")) {
      if (message.from !== "person" && one.startsWith("- ")) {
        paragraph();
        if (!list) { list = make("ul"); list.dir = message.direction || "auto"; into.append(list); }
        const item = make("li");
        linked(item, one.slice(2));
        list.append(item);
      } else if (one.trim() || lines.length) { list = null; lines.push(one); }
    }
    paragraph();
  }
}

const LINKS = /https?:\/\/[^\s<>"']+|\b(?:0[89]00[ -]?\d{4,7}|0[1-9]\d{0,2}[ -]?\d(?: ?\d){5,7}|112|113)\b/g;
const NOT_A_NUMBER = /([€$] ?|\d[.,/-]?|art\w*\.? |lid )$/i;

function linked(into, text) {
  let from = 0;
  text.replace(LINKS, (found, at) => {
    const web = found.startsWith("http");
    if (web) found = found.replace(/[.,;:!?)\]]+$/, "");
    const after = text.slice(at + found.length);
    if (!web && (NOT_A_NUMBER.test(text.slice(0, at)) || /^([.,/-]\d| ?(euro|%|dagen|uur))/i.test(after))) return "";
    into.append(text.slice(from, at), linkTo(web ? found : "tel:" + found.replace(/\D/g, ""), found));
    from = at + found.length;
    return "";
  });
  into.append(text.slice(from));
}

function linkTo(address, text) {
  const link = make("a", "", text);
  link.href = address;
  link.dir = "auto";
  if (/^http/.test(address)) { link.target = "_blank"; link.rel = "noopener"; }
  return link;
}

/* The picture as a list: nothing to download, and what is now is said in words. */
function clock({ image, direction }) {
  const node = make("figure"), list = make("ol", "clock");
  node.dir = direction;
  for (const step of image.steps) {
    const item = make("li");
    if (step.here) { item.setAttribute("aria-current", "step"); item.append(make("b", "here", image.here)); }
    item.append(make("b", "", step.title), make("span", "", step.when), make("p", "", step.text));
    list.append(item);
  }
  node.append(make("figcaption", "", image.title), list);
  return node;
}

function papers(message) {
  const list = make("div", "papers");
  for (const paper of message.papers) add(list, "", paper.label, () => bring(message, paper));
  return list;
}

/* As a file of this page's own making: an address with a token in it would stay in the history. */
async function bring(message, paper) {
  line(say("log.paper_busy"));
  try {
    const file = await call("GET", "/" + me.id + "/messages/" + message.number + "/papers/" + paper.id);
    const link = make("a");
    link.href = URL.createObjectURL(file);
    link.download = paper.name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    line(say("log.paper_saved"), 8);
  } catch (error) { line(say("log.paper_failed"), 8); }
}

function law(sources) {
  const node = make("details");
  node.lang = root.lang;
  node.append(make("summary", "", say("log.sources")));
  for (const one of sources) {
    const where = [one.law, one.article && say("log.article") + "\u00a0" + one.article, one.paragraph && say("log.paragraph") + "\u00a0" + one.paragraph];
    const title = make("p", "", where.filter(Boolean).join(", "));
    title.dir = "auto";
    node.append(title);
    if (/^https?:\/\//.test(one.url)) node.append(linkTo(one.url, say("log.law")));
    if (one.quote) {
      const quote = make("blockquote", "", one.quote);
      quote.lang = "nl"; quote.dir = "ltr";
      node.append(quote);
    }
  }
  return node;
}

/* ---- Keeping and reading aloud ---- */

/* Under an answer with its law: share and print. Under everything, while reading aloud is on: read this. */
function tools(message, node) {
  const list = make("div", "tools");
  list.lang = root.lang;
  add(list, "say", say("read.this"), () => { hush(); read(message); }).before($("aloud").firstElementChild.cloneNode(true));
  if (message.sources && message.sources.length) {
    if (navigator.share && !message.choices.some(isCopied)) add(list, "", say("log.share"), () => share(answer(node).map((one) => one.message.text).join("\n\n")));
    add(list, "", say("log.print"), () => print(node));
  }
  return list;
}

const isCopied = (choice) => choice.id.startsWith("copy:");

/* The messages of one answer: all that was said between two turns of the person. */
function answer(node) {
  const all = [...log.querySelectorAll(".m")], last = all.findIndex((one, at) => at > all.indexOf(node) && one.matches(".person"));
  const before = all.slice(0, last < 0 ? all.length : last);
  return before.slice(before.map((one) => one.matches(".person")).lastIndexOf(true) + 1);
}

function print(node) {
  every(".m", (one) => one.classList.remove("kept"));
  answer(node).forEach((one) => {
    one.classList.add("kept");
    one.querySelectorAll("details").forEach((law) => { law.open = true; });
  });
  log.classList.add("keeping");
  addEventListener("afterprint", () => log.classList.remove("keeping"), { once: true });
  self.print();
}

function share(text) {
  navigator.share({ text }).catch((error) => { if (error.name !== "AbortError") copy(text); });
}

const speech = self.speechSynthesis;
const voiceOf = (code) => speech && speech.getVoices().find((one) => one.lang.split(/[-_]/)[0] === code);

function hush() {
  if (speech) speech.cancel();
}

/* Piece by piece: some browsers stop in the middle of a long one. The marks that keep Dutch names in place are not words. */
function read({ text, language, image, choices }) {
  const voice = voiceOf(language);
  if (!voice) return line(say("read.none"), 8);
  const steps = image ? [image.title].concat(image.steps.map((step) => [step.title, step.when, step.text].join(". "))) : [];
  text.split(/\n+/).concat(steps, (choices || []).map((one) => one.label)).forEach((part) => {
    const spoken = new SpeechSynthesisUtterance(part.replace(/[\u200e\u200f\u2066-\u2069]/g, ""));
    spoken.voice = voice;
    spoken.lang = voice.lang;
    speech.speak(spoken);
  });
}

$("aloud").onclick = () => {
  const on = root.classList.toggle("aloud"), about = first || document.querySelector(".about");
  $("aloud").setAttribute("aria-pressed", String(on));
  hush();
  if (on && latest) answer(latest.node).forEach((one) => read(one.message));
  else if (on) read({ text: about.innerText, language: root.lang });
};
addEventListener("pagehide", hush);
setTimeout(voiceOf, 1000); /* The first call makes the browser look for its voices. */

/* ---- Choices ---- */

function offer({ message, node }) {
  const all = message.choices || [], old = node.querySelector(".choices");
  if (old) old.remove();
  if (!all.length) return;
  const grid = all.length > 6 && all.every((one) => one.label.length <= 10);
  const tiny = grid && all.every((one) => one.label.length <= 5);
  const list = make("div", "choices" + (grid ? " grid" : "") + (tiny ? " tiny" : ""));
  for (const one of all) {
    const copied = isCopied(one);
    const kind = copied ? "copy" : one.id.startsWith("helped:") ? "go half" : "go";
    const words = add(list, kind, one.label, () => copied ? copy(lastPart(message)) : choose(one));
    const named = languageOf(one);
    if (named) words.lang = named[0];
    if (copied && navigator.share) add(list, "copy", say("log.share"), () => share(lastPart(message)));
  }
  /* The second half of a double tap must not fall on what has just come under the thumb. */
  list.classList.add("fresh");
  setTimeout(() => list.classList.remove("fresh"), 400);
  node.append(list);
}

function add(list, kind, label, action) {
  const button = make("button", kind), words = make("span", "", label);
  words.dir = /[\u0590-\u08ff]/.test(label) ? "rtl" : "ltr";
  button.type = "button";
  button.onclick = () => button.isConnected && action();
  button.append(words);
  list.append(button);
  return words;
}

function clear({ node }) {
  node.querySelectorAll(".choices .go").forEach((one) => one.remove());
  const list = node.querySelector(".choices");
  if (list && !list.children.length) list.remove();
}

const languageOf = (choice) => languages.find((one) => one[1] === choice.label || "lang:" + one[0] === choice.id);

function choose(choice) {
  const known = languageOf(choice);
  if (known) { picked = true; keep.set("picked", true); speak(known[0]); }
  if (latest) clear(latest);
  complain("");
  send({ choice: choice.id }, choice.label).focus({ preventScroll: true });
}

const lastPart = (message) => message.text.trim().split(/\n\s*\n/).pop();

function copy(text) {
  const board = navigator.clipboard;
  (board ? board.writeText(text) : Promise.reject())
    .then(() => line(say("log.copied"), 4), () => line(say("log.copy_failed"), 8));
}

/* ---- Writing ---- */

function complain(text) {
  $("error").textContent = text;
  if (text) box.setAttribute("aria-invalid", "true"); else box.removeAttribute("aria-invalid");
}

function typing() {
  const left = LIMIT - box.value.length;
  $("count").textContent = left <= 300 ? say("write.left", { count: left }) : "";
  box.style.height = "auto";
  box.style.height = box.scrollHeight + 4 + "px";
  keep.set("draft", box.value || null);
}

box.addEventListener("input", () => { typing(); complain(""); });
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });

function submit() {
  const text = box.value.trim();
  if (!text) { complain(say("write.empty")); if (!coarse) box.focus(); return; }
  if (isCode(text)) return moveHere(text);
  box.value = "";
  typing();
  complain("");
  const node = send({ text }, text);
  if (coarse) node.focus({ preventScroll: true }); else box.focus();
}

/* A code of a conversation that was elsewhere: that one comes in the place of this one. */
const isCode = (text) => /^(?=.*\d)(?=.*[A-Z])[2-46-9BCDFGHJKMP-RTV-Z]{10}$/.test(text.replace(/[\s.–-]/g, "").toUpperCase());

async function moveHere(code) {
  busy(true);
  try {
    const data = await call("POST", "/resume", { code });
    if (live) live.abort();
    clearTimeout(again);
    const mine = ++run;
    keep.set("outbox", outbox = []);
    keep.set("me", me = { id: data.id, token: data.token });
    forget();
    box.value = "";
    typing();
    complain("");
    show(data.messages, true, []);
    follows(mine);
    toEnd();
  } catch (error) {
    complain(error.message || say("state.start"));
  }
  busy(false);
}

/* ---- The fixed bar ---- */

function open(dialog, opener) {
  dialog.opener = opener;
  if (dialog.showModal) return dialog.showModal();
  dialog.classList.add("plain");
  dialog.setAttribute("open", "");
  dialog.querySelector("a, button").focus();
}

function shut(dialog) {
  if (dialog.close) dialog.close(); else dialog.removeAttribute("open");
  if (dialog.opener) dialog.opener.focus();
}

every("[data-close]", (one) => { one.onclick = () => shut(one.closest("dialog")); });
every("[data-choice]", (one) => {
  let last = 0;
  one.onclick = () => {
    const now = Date.now();
    if (now - last < 700) return;
    last = now;
    if (!me && !opening && one.dataset.choice !== "person") { inSight(ask); return ask.querySelector("button").focus(); }
    send({ choice: one.dataset.choice }, one.textContent.trim());
  };
});
ask.querySelectorAll("button").forEach((one) => {
  one.onclick = () => {
    picked = true;
    keep.set("picked", true);
    speak(one.lang);
    log.focus({ preventScroll: true });
    begin(language);
  };
});
["help", "erase"].forEach((id) => { $(id).onclick = () => open($(id + "-box"), $(id)); });
$("erase-yes").onclick = async () => {
  shut($("erase-box"));
  let receipt;
  try {
    if (me) receipt = (await call("DELETE", "/" + me.id)).receipt;
  } catch (error) {
    if (!lost(error)) return line(say("state.not_erased"), 8);
  }
  outbox = [];
  box.value = "";
  typing();
  restart("state.erased", receipt && [proof(receipt)]);
};

function proof({ reference, at }) {
  const form = (style) => new Date(at).toLocaleString(language + "-u-nu-latn", Object.assign(style, { timeZone: "Europe/Amsterdam" }));
  const values = { reference, day: form({ dateStyle: "long" }), time: form({ timeStyle: "short" }) };
  return { from: "system", language: root.lang, text: say("state.receipt", values) };
}

$("leave").onclick = () => {
  try { sessionStorage.clear(); } catch (e) { /* blocked */ }
  root.hidden = true;
  hush();
  const away = document.body.dataset.away;
  try { top.location.replace(away); } catch (e) { location.replace(away); }
};
$("on").onclick = () => scroller().scrollBy(0, scroller().clientHeight * .7);
log.addEventListener("scroll", hint);
addEventListener("scroll", hint);

const close = () => parent.postMessage("verder:close", "*");
root.classList.toggle("framed", framed);
$("close").hidden = !framed;
$("close").onclick = close;
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const plain = document.querySelector("dialog.plain[open]");
  if (plain) shut(plain);
  else if (framed && !document.querySelector("dialog[open]")) close();
});

addEventListener("online", () => { line(""); flush(); });
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
/* Some phones lay their keyboard over the page without making it smaller. */
if (window.visualViewport && !document.body.matches(".start")) {
  visualViewport.addEventListener("resize", () => {
    if (visualViewport.scale === 1) root.style.setProperty("--hoogte", visualViewport.height + "px");
  });
}

/* ---- Start ---- */

forget();

const address = new URL(location.href);
const topic = document.body.dataset.topic;
let start = address.searchParams.get("start") || topic;
if (start) {
  if (!me) keep.set("start", start);
  ["start", "topic"].forEach((key) => address.searchParams.delete(key));
  history.replaceState(null, "", address);
}
start = keep.get("start");
picked = !!keep.get("picked");
if (keep.get("language")) speak(keep.get("language"));
box.value = keep.get("draft") || "";
if (box.value) typing();
if (me) resume();
else {
  outbox.forEach(bubbleOf);
  flush();
  requestAnimationFrame(hint);
}
})();
