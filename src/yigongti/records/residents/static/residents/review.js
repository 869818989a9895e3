// The review desk by keyboard: 1 same, 2 different, 3 later; J or ↓ next, K or ↑ previous.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !document.querySelector("[data-review]")) return;
  const key = { ArrowDown: "j", ArrowUp: "k" }[event.key] || event.key.toLowerCase();
  const target = document.querySelector(`[data-review] [data-key="${CSS.escape(key)}"]`);
  if (!target) return;
  event.preventDefault();
  target.click();
});
