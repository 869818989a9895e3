// The frame: side navigation, menus, theme, text size, dialog, search key, notices, print head.
"use strict";
(() => {
  const root = document.documentElement;
  const remember = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
  };
  const press = (button, selector) => {
    for (const other of button.parentElement.querySelectorAll(selector)) other.removeAttribute("aria-pressed");
    button.setAttribute("aria-pressed", "true");
  };
  const side = () => document.getElementById("side");
  const closeSide = () => side()?.removeAttribute("data-open");

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a, summary, tr, dialog");
    if (target?.matches("[data-toggle-side]")) {
      side()?.toggleAttribute("data-open");
      return;
    }
    if (!event.target.closest("#side")) closeSide();
    for (const menu of document.querySelectorAll("details.y-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (!target) return;
    if (target.dataset.themeChoice) {
      root.dataset.bsTheme = target.dataset.themeChoice;
      remember("ui_theme", target.dataset.themeChoice);
      press(target, "[data-theme-choice]");
      document.dispatchEvent(new CustomEvent("ui:theme"));
    }
    if (target.dataset.fontChoice) {
      root.dataset.font = target.dataset.fontChoice;
      remember("ui_font", target.dataset.fontChoice);
      press(target, "[data-font-choice]");
    }
    if (target.matches("[data-dismiss]")) target.closest(".y-notice")?.remove();
    if (target.matches("[data-close]")) target.closest("dialog")?.close();
    if (target.matches("[data-print]")) window.print();
    if (event.target === document.getElementById("dialog")) event.target.close();
  });

  const typing = (element) => element?.matches?.("input, select, textarea, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey) {
      const box = document.querySelector("[data-search]");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    }
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      const open = document.querySelectorAll("details.y-menu[open]");
      const drawn = side()?.hasAttribute("data-open");
      closeSide();
      for (const menu of open) menu.open = false;
      if (typing(event.target)) event.target.blur();
      else if (!open.length && !drawn) [...document.querySelectorAll(".y-crumbs a")].at(-1)?.click();
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "dialog-body") return;
    const dialog = document.getElementById("dialog");
    if (event.detail.target.childElementCount && !dialog.open) dialog.showModal();
  });
  const notice = (event, text) => {
    if (event.detail.elt.id === "side" || [...document.querySelectorAll(".y-notice span")].some((said) => said.textContent === text)) return;
    const box = document.createElement("div");
    box.className = "y-notice y-danger";
    box.setAttribute("role", "alert");
    const words = document.createElement("span");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button"; close.dataset.dismiss = ""; close.textContent = "关闭";
    box.append(words, close);
    const open = document.querySelector("dialog[open] .y-form-foot");
    if (open) open.before(box);
    else document.getElementById("notices")?.append(box);
  };
  document.addEventListener("htmx:sendError", (event) => notice(event, "网络连接中断，内容没有送出。您填写的内容还在，请稍后再试。"));
  document.addEventListener("htmx:timeout", (event) => notice(event, "服务器没有及时答复，请稍后再试。"));

  const desk = matchMedia("(pointer: fine)").matches;
  const box = document.querySelector("[data-search]");
  if (box && desk && !document.querySelector("[autofocus], form.y-form") && document.activeElement === document.body) {
    box.focus({ preventScroll: true });
  }

  // Browsers that draw margin boxes print the organisation on every page; others print the line at the top. The time is
  // the server's, when it composed the page: what stands on the sheet was true then, whatever the clock here says.
  if ("CSSMarginRule" in window) root.dataset.margins = "";
  const sheet = new CSSStyleSheet();
  const head = () => {
    const name = JSON.stringify(document.body.dataset.organization || "");
    const time = JSON.stringify(document.body.dataset.composed || "");
    sheet.replaceSync(`@page { @top-left { content: ${name}; font: 9pt sans-serif; color: #555; } @top-right { content: ${time}; font: 9pt sans-serif; color: #555; } }`);
  };
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  head();
  addEventListener("beforeprint", head);
})();
