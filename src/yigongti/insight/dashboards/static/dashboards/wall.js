// The wall turns by itself: one picture after the other, each so many seconds. ?slide=3 stays at one.
"use strict";
(() => {
  const slides = [...document.querySelectorAll(".w-slide")];
  const dots = [...document.querySelectorAll("#w-dots li")];
  const seconds = Number(document.querySelector(".w-slides").dataset.seconds) || 20;
  const asked = Number(new URLSearchParams(location.search).get("slide"));
  const section = document.getElementById("w-section"), face = document.getElementById("w-clock");
  let at = asked > 0 && asked <= slides.length ? asked - 1 : 0;
  const show = () => {
    slides.forEach((slide, place) => { slide.hidden = place !== at; });
    dots.forEach((dot, place) => dot.classList.toggle("w-on", place === at));
    section.textContent = slides[at]?.dataset.section ?? "";
    dispatchEvent(new Event("resize"));
  };
  // the platform lives in Beijing time, whatever the machine behind the screen believes
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai", hourCycle: "h23", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  const tick = () => {
    const told = Object.fromEntries(parts.formatToParts(new Date()).map((part) => [part.type, part.value]));
    face.textContent = `${told.month}-${told.day} ${told.hour}:${told.minute}`;
  };
  const turn = (by) => { at = (at + by + slides.length) % slides.length; show(); };
  show();
  tick();
  setInterval(tick, 10_000);
  if (!asked) setInterval(() => turn(1), seconds * 1000);
  setTimeout(() => location.reload(), 1_800_000); // new numbers come with the night and with every refresh
  document.addEventListener("keydown", (event) => {
    if (event.key === "ArrowRight") turn(1);
    if (event.key === "ArrowLeft") turn(-1);
  });
})();
