// The desk with scripts: a tick that asks for news while the page is seen, drafts that survive, Ctrl+Enter to send.
"use strict";
(() => {
  const EVERY = 3000;
  const SELDOM = 20;
  document.documentElement.classList.add("js");

  const tick = () => {
    if (!document.hidden) document.body.dispatchEvent(new CustomEvent("desk:tick"));
  };
  let streaming = false;
  let beats = 0;
  setInterval(() => {
    beats += 1;
    if (!streaming || beats % SELDOM === 0) tick();
  }, EVERY);
  document.addEventListener("visibilitychange", tick);
  const watched = document.querySelector("[data-stream]");
  if (watched && window.EventSource) listen(watched);
  keys(document.getElementById("keys"));
  for (const button of document.querySelectorAll("[data-insert]")) button.addEventListener("click", putIn);

  const offline = document.getElementById("offline");
  const connected = (yes) => { offline.hidden = yes; };
  document.addEventListener("htmx:error", () => connected(false));
  document.addEventListener("htmx:after:request", () => connected(true));

  const done = document.querySelector("[data-done]");
  const box = document.querySelector("[data-draft]");
  if (box) keepDraft(box);
  if (done && history.replaceState) history.replaceState(null, "", location.pathname);

  for (const form of document.querySelectorAll("[data-forget]")) {
    form.addEventListener("submit", () => sessionStorage.clear());
  }

  // New lines are counted at once; the list itself is asked for a little later, not by every desk in the same moment.
  function listen(node) {
    let source = null;
    let later = 0;
    const open = () => {
      source = new EventSource(node.dataset.stream);
      source.addEventListener("open", () => { streaming = true; });
      source.addEventListener("error", () => { streaming = false; });
      source.addEventListener("new", (event) => count(node, JSON.parse(event.data).ids));
      source.addEventListener("changed", () => {
        if (!later) later = setTimeout(() => { later = 0; tick(); }, 300 + Math.random() * 1200);
      });
    };
    document.addEventListener("visibilitychange", () => {
      if (source) source.close();
      source = null;
      streaming = false;
      if (!document.hidden) open();
    });
    open();
  }

  const unseen = new Set();
  document.addEventListener("htmx:after:swap", () => unseen.clear());
  function count(node, ids) {
    for (const id of ids) if (!document.getElementById("row-" + id)) unseen.add(id);
    const place = document.getElementById("new");
    if (!unseen.size || !place) return;
    const link = place.querySelector("a") || document.createElement("a");
    link.className = "utrecht-button utrecht-button--primary-action";
    link.href = node.dataset.here;
    link.textContent = unseen.size === 1 ? node.dataset.newOne : node.dataset.newMore.replace("#", unseen.size);
    place.append(link);
  }

  function putIn(event) {
    const chosen = document.getElementById(event.currentTarget.dataset.insert).selectedOptions[0];
    event.preventDefault();
    if (!chosen || !chosen.dataset.text) return;
    const area = document.getElementById("text");
    area.focus();
    area.setRangeText(chosen.dataset.text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function keys(dialog) {
    if (!dialog) return;
    const off = () => localStorage.getItem("desk.keys") === "off";
    const button = dialog.querySelector("[data-keys-switch]");
    const name = () => { button.textContent = off() ? button.dataset.on : button.dataset.off; };
    name();
    button.addEventListener("click", () => {
      localStorage.setItem("desk.keys", off() ? "on" : "off");
      name();
    });
    document.querySelector("[data-keys]").addEventListener("click", () => dialog.showModal());
    const step = (by) => {
      const all = [...document.querySelectorAll("#groups a[id^='open-']")];
      const links = all.filter((one) => !one.closest("details:not([open])"));
      const place = links.indexOf(document.activeElement);
      const next = links[place < 0 ? (by > 0 ? 0 : links.length - 1) : place + by];
      if (next) next.focus();
    };
    const acts = {
      j: () => step(1),
      k: () => step(-1),
      o: () => { if (document.activeElement.matches("#groups a")) document.activeElement.click(); },
      r: () => { const area = document.getElementById("text"); if (area) area.focus(); },
      u: () => { const back = document.querySelector(".desk-back a"); if (back) back.click(); },
      "?": () => dialog.showModal(),
    };
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || dialog.open || off()) return;
      if (event.target.closest("input, textarea, select, [contenteditable]") || !(event.key in acts)) return;
      event.preventDefault();
      acts[event.key]();
    });
  }

  function keepDraft(area) {
    const name = "draft." + area.dataset.draft;
    const left = document.getElementById("text-left");
    if (done && done.dataset.done === "reply") sessionStorage.removeItem(name);
    if (!area.value) area.value = sessionStorage.getItem(name) || "";
    const changed = () => {
      if (area.value) sessionStorage.setItem(name, area.value);
      else sessionStorage.removeItem(name);
      const rest = area.maxLength - area.value.length;
      left.textContent = rest <= 300 ? area.dataset.left.replace("#", rest) : "";
    };
    area.addEventListener("input", changed);
    changed();
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        area.form.requestSubmit();
      }
    });
  }
})();
