// Forms: focus on the first empty field, Enter moves on (or sends a single field), Ctrl+Enter submits once, drafts stay in this browser.
"use strict";
(() => {
  const KEEP = 7 * 86400e3;
  const user = document.body.dataset.user || "";
  const place = (form) => `draft:${user}:${form.dataset.form}`;
  const kept = (form) => [...form.elements].filter((item) =>
    item.name && !["hidden", "password", "file", "submit", "button"].includes(item.type) && !item.closest("[data-sensitive]"));
  const read = (form) => {
    try {
      const found = JSON.parse(localStorage.getItem(place(form)) || "null");
      return found && Date.now() - found.at < KEEP ? found.values : null;
    } catch { return null; }
  };
  const forget = (form) => localStorage.removeItem(place(form));
  const values = (form) => {
    const found = {};
    for (const item of kept(form)) {
      if (["checkbox", "radio"].includes(item.type)) { if (item.checked) (found[item.name] ??= []).push(item.value); }
      else if (item.value) found[item.name] = [item.value];
    }
    return found;
  };
  const fill = (form, draft) => {
    for (const item of kept(form)) {
      const given = draft[item.name] || [];
      if (["checkbox", "radio"].includes(item.type)) item.checked = given.includes(item.value);
      else item.value = given[0] ?? "";
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const say = (form, text, label, action) => {
    const box = form.querySelector("[data-draft]");
    if (!box) return;
    box.hidden = !text;
    box.textContent = text;
    if (!label) return;
    const button = document.createElement("button");
    button.type = "button"; button.textContent = label; button.onclick = action;
    box.append(button);
  };
  const empty = (item) => !["hidden", "submit", "button"].includes(item.type) && !item.disabled && !item.readOnly && item.name &&
    (["checkbox", "radio"].includes(item.type) ? !item.form.querySelector(`[name="${CSS.escape(item.name)}"]:checked`) && item.type === "radio" : !item.value);
  const start = (form) => {
    if (form.dataset.started) return;
    form.dataset.started = "1";
    const wrong = form.querySelector("[aria-invalid=true]:not(fieldset), fieldset[aria-invalid=true] input");
    const first = wrong || [...form.elements].find(empty) || form.querySelector("button.btn");
    const here = document.activeElement; // nobody who types already is moved; a dialog opens with its cross focused
    if (!form.contains(here) || here.matches("[data-close]")) first?.focus({ preventScroll: !wrong });
    if (!form.dataset.form || wrong) return;
    const draft = read(form);
    const before = values(form);
    if (draft && JSON.stringify(draft) !== JSON.stringify(before)) {
      fill(form, draft);
      say(form, "已恢复上次没有提交的内容", "清除", () => { fill(form, before); forget(form); say(form, ""); });
    }
  };
  const all = (root) => root.querySelectorAll?.("form.y-form").forEach(start);

  let saving;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form?.dataset.form) return;
    clearTimeout(saving);
    saving = setTimeout(() => {
      try { localStorage.setItem(place(form), JSON.stringify({ at: Date.now(), values: values(form) })); } catch { return; }
      say(form, "草稿已保存在本机");
    }, 600);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.form;
    if (event.key !== "Enter" || !form || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) { event.preventDefault(); form.requestSubmit(); return; }
    if (!form.dataset.form || !event.target.matches("input, select") || ["submit", "button"].includes(event.target.type)) return;
    event.preventDefault();
    const stops = [...form.elements].filter((item) => item.tabIndex >= 0 && !item.disabled && item.type !== "hidden" && item.tagName !== "FIELDSET" &&
      (item.type !== "radio" || item.name !== event.target.name));
    // one thing to fill, as when a code is scanned: Enter sends it
    if (stops.filter((item) => item.matches("input, select, textarea")).length === 1) { form.requestSubmit(); return; }
    const next = stops.find((item) => event.target.compareDocumentPosition(item) & Node.DOCUMENT_POSITION_FOLLOWING);
    next?.focus();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.sent = "1";
    if (form.dataset.form) sessionStorage.setItem("sent", place(form));
  }, true);
  const again = (form) => { if (form) delete form.dataset.sent; };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form") ?? event.detail.elt;
    again(form);
    if (event.detail.xhr?.status === 204 && form?.dataset?.form) forget(form);
  });
  document.addEventListener("htmx:afterSwap", (event) => all(event.detail.target));
  addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("[data-once]").forEach(again); });

  // A page after a full submit: the draft goes, unless the same form came back with what is wrong.
  const sent = sessionStorage.getItem("sent");
  sessionStorage.removeItem("sent");
  const back = [...document.querySelectorAll("form[data-form]")].some((form) => place(form) === sent);
  if (sent && !back) localStorage.removeItem(sent);
  document.addEventListener("click", (event) => {
    const card = event.target.closest("[data-account]");
    if (!card) return;
    document.querySelector("[name=login]").value = card.dataset.account;
    document.querySelector("[name=password]").value = card.dataset.password;
    card.parentElement.querySelectorAll("[aria-pressed]").forEach((other) => other.removeAttribute("aria-pressed"));
    card.setAttribute("aria-pressed", "true");
    document.querySelector(".y-entrance-form button.btn-primary")?.focus();
  });
  all(document);
})();
