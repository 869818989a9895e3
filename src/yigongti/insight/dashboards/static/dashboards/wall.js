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
  const tick = () => {
    const now = new Date(), two = (number) => String(number).padStart(2, "0");
    face.textContent = `${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}:${two(now.getMinutes())}`;
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
