// While a self-report is typed: what is no number, what lies beyond 0 to 100, how far it is from the computed value.
"use strict";
(() => {
  const said = (line) => {
    const text = line.querySelector("[data-value]").value.trim().replace(/%$/, "");
    if (!text) return "";
    const value = Number(text);
    if (!Number.isFinite(value)) return "不是数，填数字，例如 85.5";
    if ("judged" in line.dataset) return value < 0 || value > 100 ? "按百分比评，应在 0 到 100 之间" : "";
    if (!("computed" in line.dataset)) return "";
    const difference = value - Number(line.dataset.computed);
    if (Math.abs(difference) <= Number(line.dataset.tolerance) + 1e-9) return "";
    return `比计算值${difference > 0 ? "多" : "少"} ${Number(Math.abs(difference).toFixed(4))}，超出容差，请写说明`;
  };
  const show = (line) => { line.querySelector("[data-live]").textContent = said(line); };
  document.addEventListener("input", (event) => { if (event.target.matches?.("[data-value]")) show(event.target.closest("[data-line]")); });
  document.querySelectorAll("[data-line]").forEach(show);
})();
