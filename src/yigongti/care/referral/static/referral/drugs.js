// Continuing drugs: a click on a drug of the formulary writes its line, a click on a substitute changes the name; the
// dose is left for the doctor to write.
"use strict";
(() => {
  const lines = (button) => button.closest(".f-drug-lines").querySelector("textarea");
  const put = (area, text, caret) => {
    area.value = text;
    area.focus();
    area.setSelectionRange(caret, caret);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const add = (button) => {
    const area = lines(button), box = button.closest(".f-drug-lines");
    const before = area.value.trimEnd() ? `${area.value.trimEnd()}\n` : "";
    const name = `${button.dataset.drugAdd}，`;
    box.querySelector("[name=drug_q]").value = "";
    box.querySelector(".f-drugs-found").replaceChildren();
    put(area, `${before}${name}，每日一次，28`, before.length + name.length);
  };
  const change = (button) => {
    const area = lines(button), { drugFrom, drugTo } = button.dataset;
    const rows = area.value.split("\n");
    const place = rows.findIndex((row) => row.split(/[，,;；\t]/)[0].trim() === drugFrom);
    if (place < 0) return;
    const [, , ...rest] = rows[place].split(/[，,;；\t]/);
    rows[place] = [drugTo, "", ...rest.map((part) => part.trim())].join("，");
    const start = rows.slice(0, place).join("\n").length + (place ? 1 : 0);
    put(area, rows.join("\n"), start + drugTo.length + 1);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-drug-add], [data-drug-to]");
    if (button) (button.dataset.drugAdd ? add : change)(button);
  });
})();
