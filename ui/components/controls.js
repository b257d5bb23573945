// Controls that exhibits share: native inputs that CSS draws, so that keyboards and screen readers work by themselves.

/** @import { Option, Reporter, Tick } from "./types.d.ts" */
import { el } from "./elements.js";
import { clamp } from "./numbers.js";
import { math } from "./words.js";

/**
 * A segmented choice made of native radio buttons. build() also renames it: the language may change.
 * @template {string | number} Value
 * @param {(value: Value) => void} onPick
 * @param {string} name
 */
export function segmented(onPick, name = "") {
  const group = `g${Math.random()}`;
  const node = el("div", { class: `segmented ${name}`, role: "radiogroup" });
  return {
    node,
    /** @type {(label: string, options: Option<Value>[]) => void} */
    build(label, options) {
      node.setAttribute("aria-label", label);
      const labels = options.map(({ value, content, label, color }) => {
        const radio = el("input", { type: "radio", name: group, value, "aria-label": label });
        radio.onchange = () => onPick(value);
        const style = color && `--on: var(--${color})`;
        return el("label", { title: label, style }, radio, el("span", {}, ...content));
      });
      node.replaceChildren(...labels);
    },
    /** @type {(value: Value) => void} */
    set(value) {
      for (const radio of node.querySelectorAll("input")) radio.checked = radio.value === String(value);
    },
  };
}

/** @type {(event: KeyboardEvent) => boolean} it belongs to the browser or the system */
export const isForeign = (event) => event.ctrlKey || event.metaKey || event.altKey;

/** @type {(event: Event) => void} the exhibit has dealt with it */
export function consume(event) {
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @typedef {object} SliderOptions
 * @property {HTMLElement} area where it lies, and pointers drag
 * @property {string} [color]
 * @property {string} symbol of what it chooses
 * @property {Reporter} report
 * @property {(value: number, event: Event) => void} onMove
 * @property {(step: number) => number} next the value a key leads to: drawing waits for the next frame, so the owner
 *   knows best where it stands
 * @property {(step: number, event: Event) => void} [vertical] takes the up and down keys
 */

/**
 * A slider: a native range for keyboards and screen readers, laid over a track that CSS draws, with labels below.
 * @param {SliderOptions} options
 */
export function slider({ area, color, symbol, report, onMove, next, vertical }) {
  const style = color && `--color: var(--${color})`;
  const input = el("input", { type: "range", min: 0, step: 1 });
  const track = el(
    "div",
    { class: "track", style },
    el("div", { class: "fill" }),
    el("div", { class: "handle" }),
    input,
  );
  const now = el("span", { class: "now", style });
  const labels = el("div", { class: "ticks", "aria-hidden": "true" });
  /** @type {{ place: number, label: HTMLElement }[]} */
  let ticks = [];
  let width = 0;
  const self = { input, max: 0, mark, set };
  area.classList.add("surface");
  area.append(track, labels);
  /** @type {(value: number, event: Event) => void} */
  function move(value, event) {
    report.hold();
    onMove(clamp(value, 0, self.max), event);
  }
  /** @type {(event: PointerEvent) => number} */
  function at(event) {
    const box = track.getBoundingClientRect();
    return Math.round(clamp((event.clientX - box.left) / box.width, 0, 1) * self.max);
  }
  /** @type {PointerEvent | null} its first; a finger that has not moved sideways may be about to scroll the page */
  let down = null;
  let dragging = false;
  area.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    event.preventDefault();
    area.setPointerCapture(event.pointerId);
    input.focus({ preventScroll: true });
    down = event;
    const { touchAction } = getComputedStyle(/** @type {Element} */ (event.target));
    dragging = event.pointerType !== "touch" || touchAction === "none";
    if (dragging) move(at(event), event);
  });
  area.addEventListener("pointermove", (event) => {
    if (!down || !event.isPrimary) return;
    dragging ||= Math.abs(event.clientX - down.clientX) > 5;
    if (dragging) move(at(event), event);
  });
  area.addEventListener("pointerup", (event) => {
    if (!down || dragging) return;
    move(at(event), event); // a tap
    dragging = true;
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
    area.addEventListener(end, () => {
      if (dragging) report.now();
      dragging = false;
      down = null;
    });
  // A screen reader's gesture.
  input.addEventListener("input", (event) => {
    move(Number(input.value), event);
    report.soon();
  });
  input.addEventListener("keydown", (event) => {
    const small = event.shiftKey ? 10 : 1;
    const large = Math.max(1, Math.round(self.max / 10));
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: small,
      ArrowUp: small,
      ArrowLeft: -small,
      ArrowDown: -small,
      PageUp: large,
      PageDown: -large,
      Home: -Infinity,
      End: Infinity,
    };
    if (isForeign(event) || !(event.key in steps)) return;
    consume(event);
    if (vertical && event.key === "ArrowUp") vertical(-1, event);
    else if (vertical && event.key === "ArrowDown") vertical(1, event);
    else move(next(steps[event.key]), event);
    report.soon();
  });
  /** @type {(list: Tick[]) => void} labels for the width that the track has */
  function mark(list) {
    ticks = list.map(({ place, text, minor }) => {
      return { place, label: el("span", { class: minor ? "minor" : "", style: `--at: ${place}` }, text) };
    });
    labels.replaceChildren(...ticks.map(({ label }) => label), now);
    width = track.clientWidth || 800;
  }
  // Said to screen readers, and shown below the handle; place: 0 to 1, where the track is not even.
  /** @type {(value: number, said: string, shown: string, place?: number) => void} */
  function set(value, said, shown, place = self.max ? value / self.max : 0) {
    input.max = String(self.max);
    input.value = String(value);
    input.setAttribute("aria-valuetext", said);
    now.replaceChildren(math(symbol), ` = ${shown}`);
    for (const node of [track, now]) node.style.setProperty("--at", String(place));
    // The label of the present place pushes its neighbours aside.
    for (const tick of ticks) tick.label.classList.toggle("near", Math.abs(tick.place - place) < 46 / width);
  }
  return self;
}
