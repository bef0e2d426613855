// One key, one label, while the focus is in the form: 1, 2, 3 press a button, arrows move between them.
"use strict";
for (const form of document.querySelectorAll(".labelling")) {
  const buttons = [...form.querySelectorAll("button[data-key]")];
  let sent = false;
  form.focus();
  form.addEventListener("submit", () => { sent = true; });
  window.addEventListener("pageshow", () => { sent = false; });
  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || sent) return;
    const key = event.key === "Process" ? event.code.replace(/^(Digit|Numpad)/, "") : event.key;
    const chosen = buttons.find((button) => button.dataset.key === key);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (chosen) {
      event.preventDefault();
      chosen.click();
    } else if (step) {
      event.preventDefault();
      const at = buttons.indexOf(document.activeElement);
      const next = at < 0 ? (step > 0 ? 0 : buttons.length - 1) : (at + step + buttons.length) % buttons.length;
      buttons[next].focus();
    }
  });
}
