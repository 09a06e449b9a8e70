// Passkeys: a button fetches what the browser needs, the browser asks the counsellor, the form around it sends the answer.
"use strict";
(() => {
  const able = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.hidden = !able;
    if (able) form.addEventListener("submit", (event) => ask(event, form));
  }

  async function ask(event, form) {
    if (form.elements.answer.value) return;
    event.preventDefault();
    const trouble = form.querySelector("[data-trouble]");
    trouble.hidden = true;
    try {
      const headers = { "X-CSRF-Token": form.elements.csrf.value };
      const response = await fetch(form.dataset.passkey, { method: "POST", headers });
      if (!response.ok) throw new Error(String(response.status));
      form.elements.answer.value = JSON.stringify(await answer(form, await response.json()));
    } catch {
      trouble.hidden = false;
      return;
    }
    form.submit();
  }

  function answer(form, options) {
    const read = PublicKeyCredential;
    if (form.dataset.make === undefined) {
      return navigator.credentials.get({ publicKey: read.parseRequestOptionsFromJSON(options) }).then((one) => one.toJSON());
    }
    return navigator.credentials.create({ publicKey: read.parseCreationOptionsFromJSON(options) }).then((one) => one.toJSON());
  }
})();
