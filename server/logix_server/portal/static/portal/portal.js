/* What htmx alone does not: a live list waits while somebody selects text in it, and forms are sent once. */
"use strict";

document.addEventListener("htmx:beforeSwap", (event) => {
  const detail = event.detail;
  const byItself = !detail.requestConfig.triggeringEvent;
  const selection = window.getSelection();
  if (byItself && selection && !selection.isCollapsed && detail.target.contains(selection.anchorNode)) {
    detail.shouldSwap = false;
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});

/* A page that comes back out of the browser's memory may be sent again. */
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});
