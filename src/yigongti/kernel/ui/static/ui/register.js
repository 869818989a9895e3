// Registers by keyboard: arrows choose a row, Enter or a click opens it; PageUp and PageDown turn the page.
"use strict";
(() => {
  const typing = (element) => element?.matches?.("input, select, textarea, button, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-register] tbody tr[data-href]")];
  const chosen = () => document.querySelector("[data-register] tr.y-on");
  const choose = (row) => {
    chosen()?.classList.remove("y-on");
    row?.classList.add("y-on");
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector("td > a")?.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const leaving = event.key === "ArrowDown" && event.target.matches?.("input[type=search], input[type=text]");
    if (typing(event.target) && !leaving) return;
    const all = rows();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!all.length) return;
      event.preventDefault();
      choose(all[Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), all.length - 1)]);
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      const link = document.querySelector(`[data-register] a[rel=${event.key === "PageDown" ? "next" : "prev"}]`);
      if (link) { event.preventDefault(); link.click(); }
    } else if (event.key === "Enter" && at >= 0 && event.target.tagName !== "A") {
      location.assign(all[at].dataset.href);
    }
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-register] tr[data-href]");
    if (!row || event.target.closest("a, button, input, label, select") || getSelection().toString()) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
    else location.assign(row.dataset.href);
  });
})();
