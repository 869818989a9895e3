// While numbers are entered: what is no number, the ratio that follows, whether it is unlikely; Enter goes to the next number.
"use strict";
(() => {
  const text = (input) => input.value.replace(/[,，\s]/g, "");
  const number = (input) => (input && text(input) && Number.isFinite(Number(text(input))) ? Number(text(input)) : null);
  const show = (value, decimals) => value.toLocaleString("zh-CN", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  const given = (item, name) => (name in item.dataset ? Number(item.dataset[name]) : null);
  const unlikely = (item, value) => {
    const [least, most, change, last] = ["least", "most", "change", "last"].map((name) => given(item, name));
    const unit = !item.dataset.unit || item.dataset.unit === "%" ? item.dataset.unit || "" : ` ${item.dataset.unit}`;
    if (least !== null && value < least) return `低于常见的 ${least}${unit}`;
    if (most !== null && value > most) return `高于常见的 ${most}${unit}`;
    if (!last) return "";
    const moved = (value - last) / Math.abs(last) * 100;
    const words = `现填与上期相差 ${moved.toFixed(1)}%`;
    return change !== null && Math.abs(moved) > change ? `${words}，超过常见的 ${change}%，请核对或说明` : words;
  };
  const wrong = (item) => {
    for (const input of item.querySelectorAll("[data-part]")) {
      const bad = text(input) && number(input) === null;
      input.toggleAttribute("data-bad", Boolean(bad));
      if (bad) return "只写数字，如 1234.5";
    }
    const below = item.querySelector('[data-part="denominator"]');
    return below && number(below) === 0 ? "分母不能是 0，没有对象时选“本期无数据”" : "";
  };
  const update = (item, typing = true) => {
    const part = (name) => number(item.querySelector(`[data-part="${name}"]`));
    const result = item.querySelector("[data-result]");
    const [above, below] = [part("numerator"), part("denominator")];
    const value = result ? (above !== null && below ? above * Number(item.dataset.factor || 1) / below : null) : part("value");
    if (result) result.textContent = value === null ? "—" : show(value, Number(item.dataset.decimals || 2));
    const live = item.querySelector("[data-live]");
    if (live && typing) live.textContent = wrong(item) || (value === null ? "" : unlikely(item, value));
  };
  document.addEventListener("input", (event) => {
    const item = event.target.matches?.("[data-part]") && event.target.closest("[data-item]");
    if (item) update(item);
  });
  // before the form's own Enter, which stops at every field: here it goes from number to number
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || !event.target.matches?.("[data-part]")) return;
    const all = [...document.querySelectorAll("[data-part]")];
    const next = all[all.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    next.focus();
    next.select();
  }, true);
  // what came back from the server unsaved
  document.querySelectorAll("[data-item]").forEach((item) => { if (item.querySelector("[data-part]")) update(item, false); });
})();
