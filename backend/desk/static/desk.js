// The desk with scripts: a tick that asks for news while the page is seen, drafts that survive, Ctrl+Enter to send.
"use strict";
(() => {
  const EVERY = 3000;
  document.documentElement.classList.add("js");

  const tick = () => {
    if (!document.hidden) document.body.dispatchEvent(new CustomEvent("desk:tick"));
  };
  setInterval(tick, EVERY);
  document.addEventListener("visibilitychange", tick);

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
