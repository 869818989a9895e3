// While numbers are entered: the ratio that follows, and how far it is from the period before.
"use strict";
(() => {
  const number = (input) => {
    const text = input ? input.value.replace(/[,，\s]/g, "") : "";
    return text && Number.isFinite(Number(text)) ? Number(text) : null;
  };
  const update = (item, typing = true) => {
    const part = (name) => number(item.querySelector(`[data-part="${name}"]`));
    const decimals = Number(item.dataset.decimals || 2);
    const result = item.querySelector("[data-result]");
    const [above, below] = [part("numerator"), part("denominator")];
    const value = result ? (above !== null && below ? above * Number(item.dataset.factor || 1) / below : null) : part("value");
    if (result) result.textContent = value === null ? "—" : value.toLocaleString("zh-CN", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    const last = Number(item.dataset.last);
    const live = item.querySelector("[data-live]");
    if (live && typing) live.textContent = value !== null && item.dataset.last && last ? `现填与上期相差 ${((value - last) / Math.abs(last) * 100).toFixed(1)}%` : "";
  };
  document.addEventListener("input", (event) => {
    const item = event.target.matches?.("[data-part]") && event.target.closest("[data-item]");
    if (item) update(item);
  });
  // what came back from the server unsaved
  document.querySelectorAll("[data-item]").forEach((item) => { if (item.querySelector("[data-part]")) update(item, false); });
})();
