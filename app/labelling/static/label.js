// One key, one answer: chooses by data-key and saves when every question has an answer. The page works without it.
"use strict";

const form = document.getElementById("answers");
let sent = false;

function questions() {
  return new Set(Array.from(form.querySelectorAll("input[type=radio]"), (input) => input.name));
}

function complete() {
  return Array.from(questions()).every((name) => form.querySelector(`input[name="${name}"]:checked`));
}

// A text about no public matter is neutral by the guideline.
function follow(input) {
  const neutral = form.querySelector('input[name="sentiment"][value="neu"]');
  if (input.name === "relevant" && input.value === "0" && neutral) neutral.checked = true;
}

function keyOf(event) {
  if (event.key !== "Process") return event.key.toLowerCase(); // "Process": an input method has the key
  return event.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || sent) return;
  const key = keyOf(event);
  if (key === "enter" && form && event.target.tagName !== "BUTTON") {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target || target.disabled) return;
  event.preventDefault();
  if (target.type !== "radio") {
    target.click();
    return;
  }
  target.checked = true;
  follow(target);
  if (complete()) form.requestSubmit();
});

document.addEventListener("submit", () => { sent = true; });
window.addEventListener("pageshow", () => { sent = false; });
if (form) form.addEventListener("change", (event) => follow(event.target));
