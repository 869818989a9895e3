// Clocks tick: the server said the time, the browser counts on from there.
"use strict";
(() => {
  const NEARLY = 30 * 60e3;
  const start = performance.now();
  const told = Date.parse(document.body.dataset.now) || Date.now();
  const now = () => told + performance.now() - start;
  const spell = (milliseconds) => {
    const minutes = Math.floor(milliseconds / 60e3);
    const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
    if (days) return hours ? `${days} 天 ${hours} 小时` : `${days} 天`;
    if (hours) return rest ? `${hours} 小时 ${rest} 分` : `${hours} 小时`;
    return rest ? `${rest} 分` : "不到 1 分";
  };
  const tick = () => {
    for (const item of document.querySelectorAll("time[data-clock='']")) {
      const left = Date.parse(item.dateTime) - now();
      item.textContent = left < 0 ? `超时 ${spell(-left)}` : `还剩 ${spell(left)}`;
      item.classList.toggle("y-danger", left < 0);
      item.classList.toggle("y-warn", left >= 0 && left <= NEARLY);
      item.classList.toggle("y-calm", left > NEARLY);
    }
  };
  setInterval(tick, 15e3);
  document.addEventListener("htmx:afterSwap", tick);
})();
