/* Adds a chat button to any page: <script src="https://HOST/embed.js" defer></script>. Options: data-label, data-color, data-text-color, data-region, data-start. */
(() => {
  const script = document.currentScript, option = script.dataset, host = new URL(script.src).origin;
  const button = document.createElement("button");
  let frame, open = false;
  /* Some room around the frame, and none at all on a phone, where it fills the screen. */
  const gap = (size) => "clamp(0px,(100vw - 480px)*99," + size + "px)";
  const style = (node, rules) => { node.style.cssText = "position:fixed;z-index:2147483000;border:0;" + rules; };

  function build() {
    frame = document.createElement("iframe");
    frame.title = "Chat";
    frame.allow = "clipboard-write" + (navigator.share ? "; web-share" : "");
    frame.src = host + "/chat?" + new URLSearchParams({ region: option.region || "", start: option.start || "" });
    document.body.append(frame);
  }

  function show(now) {
    open = now;
    if (open && !frame) build();
    button.setAttribute("aria-expanded", String(open));
    style(frame, (open ? "" : "display:none;") + "inset-inline-end:" + gap(24) + ";bottom:" + gap(88) + ";width:min(100%,420px);" +
      "height:min(100% - " + gap(112) + ",max(720px,(480px - 100vw)*99));border-radius:" + gap(22) + ";box-shadow:0 8px 40px #0005");
    (open ? frame : button).focus();
  }

  button.type = "button";
  button.textContent = option.label || "Chat met Verder";
  button.setAttribute("aria-expanded", "false");
  style(button, "inset-inline-end:16px;bottom:16px;min-height:52px;min-width:52px;padding:10px 22px;border-radius:26px;" +
    "font:600 17px/1.2 system-ui,sans-serif;cursor:pointer;box-shadow:0 4px 20px #0004;background:" +
    (option.color || "#00564d") + ";color:" + (option.textColor || "#fff"));
  button.onclick = () => show(!open);
  addEventListener("keydown", (event) => { if (open && event.key === "Escape") show(false); });
  addEventListener("message", (event) => {
    if (open && frame && event.origin === host && event.source === frame.contentWindow && event.data === "verder:close") show(false);
  });
  document.body.append(button);
})();
