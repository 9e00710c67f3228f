// Comfort only: every page works without it. It warns before a session ends, leaves when it has ended, and keeps one
// form from being sent twice by a second click.
"use strict";
(() => {
  const ends = Date.parse(document.body.dataset.idleEnds || "");
  const warning = document.getElementById("warning");
  const WARN = 120_000;
  if (ends && warning) {
    const time = document.getElementById("warning-time");
    const look = () => {
      const left = ends - Date.now();
      if (left <= 0) {
        location.replace("/sign-in?why=ended&next=" + encodeURIComponent(location.pathname + location.search));
      } else if (left <= WARN && warning.hidden) {
        time.textContent = new Date(ends).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
        warning.hidden = false;
      }
    };
    look();
    setInterval(look, 1_000);
    document.addEventListener("visibilitychange", look);
  }
  for (const time of document.querySelectorAll("footer time[datetime]")) {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
})();
