// Drag over the bars of a search to see the span of days in them; without this script each bar is a link of its own.
"use strict";
for (const bars of document.querySelectorAll(".timeline")) {
  let first = null;
  const barOf = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest(".timeline li");
  const span = (last) => {
    const all = [...bars.children];
    const ends = [all.indexOf(first), all.indexOf(last)].sort((a, b) => a - b);
    return all.slice(ends[0], ends[1] + 1);
  };
  const mark = (chosen) => {
    for (const bar of bars.children) bar.classList.toggle("brushed", chosen.includes(bar));
  };
  bars.addEventListener("dragstart", (event) => event.preventDefault());
  bars.addEventListener("pointerdown", (event) => {
    first = event.button === 0 ? barOf(event) : null;
  });
  window.addEventListener("pointermove", (event) => {
    const last = first && barOf(event);
    if (last && last !== first) mark(span(last));
  });
  window.addEventListener("pointerup", (event) => {
    const last = first && barOf(event);
    if (last && last !== first) {
      const chosen = span(last);
      const wanted = new URLSearchParams(location.search);
      wanted.delete("after");
      wanted.set("since", chosen[0].dataset.since);
      wanted.set("until", chosen[chosen.length - 1].dataset.until);
      location.assign(`/search?${wanted}`);
    } else {
      mark([]);
    }
    first = null;
  });
}
