// What the pages gain when scripts run. Every page works without this file.
"use strict";
(() => {
  const all = (root, selector) => [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
  const cookie = (name) => document.cookie.match(new RegExp(`(?:^|; )(?:__Host-|__Secure-)?${name}=([^;]+)`))?.[1] ?? "";
  const inField = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  // A summary of errors takes the focus and is named in the title, as a full page load would do.
  function showErrors(root) {
    const summary = all(root, "[data-error-summary]")[0];
    if (!summary) return;
    const prefix = summary.dataset.titlePrefix;
    if (prefix && !document.title.startsWith(prefix)) document.title = `${prefix} ${document.title}`;
    summary.focus();
  }

  // Progress is spoken when it passes a quarter, not at every refresh.
  const spoken = new Map();
  function announceProgress(root) {
    for (const element of all(root, "[data-progress]")) {
      const quarter = Math.floor(Number(element.dataset.progress) / 25);
      if (spoken.get(element.id) === quarter) continue;
      spoken.set(element.id, quarter);
      say(element.dataset.progressText);
    }
  }

  function say(text) {
    const region = document.getElementById("announcer");
    if (region) region.textContent = text ?? "";
  }

  function countSelection(form) {
    const note = form?.querySelector("[data-bulk-count]");
    if (!note) return;
    const count = form.querySelectorAll('input[name="ids"]:checked').length;
    note.textContent = note.dataset.bulkCount.replace("%s", count.toLocaleString(document.documentElement.lang));
  }

  function prepare(root) {
    for (const element of all(root, "[data-copy], [data-dismiss], [data-check-all]")) element.hidden = false;
    all(root, "[data-bulk-count]").forEach((note) => countSelection(note.closest("form")));
    announceProgress(root);
    showErrors(root);
  }

  function trouble(id) {
    for (const strip of document.querySelectorAll("[data-trouble]")) strip.hidden = strip.id !== id;
  }

  document.addEventListener("DOMContentLoaded", () => prepare(document.documentElement));

  document.addEventListener("click", (event) => {
    const target = event.target;
    target.closest("[data-dismiss]")?.closest(".toast")?.remove();
    const opener = target.closest("[data-opens]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog?.showModal && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      dialog.showModal();
    }
    if (target.closest("[data-closes]")) target.closest("dialog")?.close();
    const copier = target.closest("[data-copy]");
    if (copier) copy(copier);
    const jump = target.closest("[data-error-summary] a[href^='#']");
    const field = jump && document.getElementById(jump.hash.slice(1));
    if (field) {
      event.preventDefault();
      (field.closest("fieldset, .field") ?? field).scrollIntoView({ block: "start" });
      field.focus({ preventScroll: true });
    }
  });

  async function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    say(button.dataset.copied);
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = button.dataset.copied;
    setTimeout(() => { label.textContent = before; }, 2000);
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form");
    if (event.target.matches("[data-check-all]")) {
      form.querySelectorAll('input[name="ids"]').forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches('[data-check-all], input[name="ids"]')) countSelection(form);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
    const search = document.querySelector("[data-search], input[type=search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  // One click, one request: a second press of the same submit button does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[hx-post], [data-repeat]")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => all(document.documentElement, "form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  document.addEventListener("compositionend", (event) => {
    if (event.target.matches("input[type=search]")) event.target.dispatchEvent(new Event("search", { bubbles: true }));
  });

  // htmx: the token is read when it is needed, because a login in another tab changes it.
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, headers, triggeringEvent } = event.detail;
    headers["X-CSRFToken"] = cookie("csrftoken") || meta("csrf-token");
    const waiting = document.hidden && elt.hasAttribute("data-poll");
    if (waiting || triggeringEvent?.isComposing || tooShort(elt)) event.preventDefault();
  });

  // One letter finds half the shop; one Chinese character is a word.
  function tooShort(elt) {
    const text = elt.matches("form[data-search-form]") ? elt.querySelector("input[type=search]")?.value.trim() ?? "" : "";
    return text.length === 1 && !/\p{Script=Han}/u.test(text);
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const login = meta("login-url");
    if (!login || !xhr.responseURL || new URL(xhr.responseURL).pathname !== login) return;
    event.detail.shouldSwap = false;
    trouble("trouble-login");
  });
  document.addEventListener("htmx:afterSettle", (event) => { trouble(""); prepare(event.detail.elt); });
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => trouble("trouble-network"));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status >= 500) trouble("trouble-network");
    else trouble("trouble-refused");
  });
})();
