// Controls that exhibits share: native inputs that CSS draws, so that keyboards and screen readers work by themselves.

import { clamp, el } from "./common.js";

/** A segmented choice made of native radio buttons. set() also renames it: the language may change. */
export function segmented(onPick, name = "") {
  const group = `g${Math.random()}`;
  const node = el("div", { class: `segmented ${name}`, role: "radiogroup" });
  node.addEventListener("change", (event) => onPick(event.target.value));
  return {
    node,
    build(label, options) {
      node.setAttribute("aria-label", label);
      node.replaceChildren(...options.map(({ value, content, label: name, color }) => {
        const radio = el("input", { type: "radio", name: group, value, "aria-label": name });
        return el("label", { title: name, style: color && `--on: var(--${color})` }, radio, el("span", {}, ...content));
      }));
    },
    set(value) {
      for (const radio of node.querySelectorAll("input")) radio.checked = radio.value === String(value);
    },
  };
}

/**
 * A slider: a native range for keyboards and screen readers, laid over a track that CSS draws; pointers drag `area`.
 * onMove(value, event) while it moves, onRelease() when a pointer lets go, onKey() after a key; next(step) is the value
 * a key leads to: drawing waits for the next frame, so the owner knows best where it stands. vertical(step), if given,
 * takes the up and down keys.
 */
export function slider({ area, color, onMove, onRelease, onKey, next, vertical }) {
  const input = el("input", { type: "range", min: 0, step: 1 });
  const track = el("div", { class: "track", style: color && `--color: var(--${color})` },
    el("div", { class: "fill" }), el("div", { class: "handle" }), input);
  const self = { node: track, input, max: 0, dragging: false };
  const move = (value, event) => onMove(clamp(value, 0, self.max), event);
  const at = (event) => {
    const box = track.getBoundingClientRect();
    return Math.round(clamp((event.clientX - box.left) / box.width, 0, 1) * self.max);
  };
  const surface = area ?? track;
  surface.classList.add("surface");
  let down = null; // the pointer's first event; a finger that has not moved sideways may be about to scroll the page
  surface.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    event.preventDefault();
    surface.setPointerCapture(event.pointerId);
    input.focus({ preventScroll: true });
    down = event;
    self.dragging = event.pointerType !== "touch" || getComputedStyle(event.target).touchAction === "none";
    if (self.dragging) move(at(event), event);
  });
  surface.addEventListener("pointermove", (event) => {
    if (!down || !event.isPrimary) return;
    self.dragging ||= Math.abs(event.clientX - down.clientX) > 5;
    if (self.dragging) move(at(event), event);
  });
  surface.addEventListener("pointerup", (event) => down && !self.dragging && (move(at(event), event), (self.dragging = true))); // a tap
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
    surface.addEventListener(end, () => {
      if (self.dragging) onRelease();
      self.dragging = false;
      down = null;
    });
  input.addEventListener("input", (event) => (move(Number(input.value), event), onKey())); // a screen reader's gesture
  input.addEventListener("keydown", (event) => {
    const small = event.shiftKey ? 10 : 1;
    const large = Math.max(1, Math.round(self.max / 10));
    const steps = { ArrowRight: small, ArrowUp: small, ArrowLeft: -small, ArrowDown: -small, PageUp: large, PageDown: -large };
    const ends = { Home: 0, End: self.max };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in steps || event.key in ends)) return;
    event.preventDefault();
    event.stopPropagation();
    if (vertical && (event.key === "ArrowUp" || event.key === "ArrowDown")) vertical(event.key === "ArrowUp" ? -1 : 1, event);
    else move(event.key in ends ? ends[event.key] : next(steps[event.key]), event);
    onKey();
  });
  self.set = (value, text, place = self.max ? value / self.max : 0) => {
    input.max = self.max;
    input.value = value;
    input.setAttribute("aria-valuetext", text);
    track.style.setProperty("--at", place);
  };
  return self;
}

/** Labels under a track; the one for the present place pushes its neighbours aside. */
export function ticks(color) {
  const now = el("span", { class: "now", style: color && `--color: var(--${color})` });
  const node = el("div", { class: "ticks", "aria-hidden": "true" });
  let others = [];
  return {
    node,
    show(list) {
      others = list.map(({ place, text, minor }) => ({ place, label: el("span", { class: minor ? "minor" : "", style: `--at: ${place}` }, text) }));
      node.replaceChildren(...others.map(({ label }) => label), now);
    },
    at(place, content, width) {
      now.style.setProperty("--at", place);
      now.replaceChildren(...content);
      const room = 46 / width;
      for (const tick of others) tick.label.classList.toggle("near", Math.abs(tick.place - place) < room);
    },
  };
}
