// ECharts on every container that names its option; the theme's colours, Chinese numbers, points that open.
"use strict";
(() => {
  const still = new URLSearchParams(location.search).has("still") || matchMedia("(prefers-reduced-motion: reduce)").matches;
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const charts = new Map();
  // a colour may be named by its token
  const painted = (value) => Array.isArray(value) ? value.map(painted)
    : value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, painted(item)]))
    : typeof value === "string" && value.startsWith("--y-") ? token(value) : value;
  const draw = (box) => {
    const given = painted(JSON.parse(document.getElementById(box.dataset.chart).textContent));
    const muted = token("--y-muted"), line = token("--y-line-soft"), ink = token("--y-ink");
    const size = parseFloat(getComputedStyle(document.documentElement).fontSize) * (parseFloat(getComputedStyle(box).getPropertyValue("--y-chart-text")) || .75);
    const axis = { axisLabel: { color: muted, fontSize: size }, axisLine: { lineStyle: { color: token("--y-line") } }, splitLine: { lineStyle: { color: line } }, nameTextStyle: { color: muted } };
    const merge = (item) => ({ ...axis, ...item, axisLabel: { ...axis.axisLabel, ...item?.axisLabel } });
    charts.get(box)?.dispose();
    const chart = echarts.init(box, null, { renderer: "canvas" });
    charts.set(box, chart);
    box.dataset.ready = "false";
    chart.on("finished", () => { box.dataset.ready = "true"; });
    chart.on("click", (point) => { if (point.data?.url) location.assign(point.data.url); });
    const accent = token("--y-accent");
    chart.setOption({
      animation: !still,
      color: [accent, "#8aa4b2", "#c2a661", "#7d8fb8", "#a4a9ad"],
      textStyle: { fontFamily: token("--y-sans"), fontSize: size, color: ink },
      grid: { left: 8, right: 16, top: given.legend?.show ? size * 3 : size, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText", backgroundColor: token("--y-surface"), textStyle: { color: ink, fontSize: size } },
      ...given,
      legend: { right: 0, top: 0, textStyle: { color: muted, fontSize: size }, ...given.legend },
      xAxis: merge(given.xAxis),
      yAxis: merge(given.yAxis),
      series: given.series.map((item) => ({ barMaxWidth: 28, symbolSize: 6, ...item, cursor: item.data.some((point) => point?.url) ? "pointer" : "default" })),
    });
  };
  const words = (selector) => document.querySelector(selector)?.innerText.replace(/\s+/g, " ").trim() ?? "";
  // a picture leaves the page: it says what it shows, of whom, of when
  const save = async (box, button) => {
    const chart = new Image();
    chart.src = charts.get(box).getDataURL({ type: "png", pixelRatio: 2, backgroundColor: token("--y-surface") });
    await chart.decode();
    const paper = document.createElement("canvas"), head = 120;
    [paper.width, paper.height] = [chart.width + 48, chart.height + head + 24];
    const pen = paper.getContext("2d"), title = button.dataset.png, page = words("h1");
    pen.fillStyle = token("--y-surface");
    pen.fillRect(0, 0, paper.width, paper.height);
    const write = (text, size, colour, y) => {
      [pen.font, pen.fillStyle] = [`${size}px ${token("--y-sans")}`, token(colour)];
      pen.fillText(text, 24, y, chart.width);
    };
    write(`${page}：${title}${button.dataset.unit ? `（${button.dataset.unit}）` : ""}`, 30, "--y-ink", 50);
    const trail = [...document.querySelectorAll(".y-crumbs > *")].map((one) => one.innerText.trim()).join(" / ");
    write(`${trail}  ${words("[data-period]")}  生成时间 ${new Date().toLocaleString("zh-CN")}`, 22, "--y-muted", 90);
    pen.drawImage(chart, 24, head);
    const link = document.createElement("a");
    [link.href, link.download] = [paper.toDataURL("image/png"), `${page}-${title}.png`];
    link.click();
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-png]");
    if (button) save(button.closest(".y-chart-card").querySelector("[data-chart]"), button);
  });
  const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
  all();
  document.addEventListener("ui:theme", all);
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
  addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize({ width: 620 })));
  addEventListener("afterprint", () => charts.forEach((chart) => chart.resize({ width: "auto" })));
})();
