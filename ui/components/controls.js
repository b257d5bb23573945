// Controls that exhibits share: native inputs that CSS draws, so that keyboards and screen readers work by themselves.

/** @import { Content, Tick } from "./types.d.ts" */
import { el } from "./elements.js";
import { clamp } from "./numbers.js";

/** @typedef {{ value: string | number, content: Content[], label?: string, color?: string }} Option */

/**
 * A segmented choice made of native radio buttons. set() also renames it: the language may change.
 * @param {(value: string) => void} onPick
 * @param {string} name
 */
export function segmented(onPick, name = "") {
  const group = `g${Math.random()}`;
  const node = el("div", { class: `segmented ${name}`, role: "radiogroup" });
  node.addEventListener("change", (event) => onPick(/** @type {HTMLInputElement} */ (event.target).value));
  return {
    node,
    /**
     * @param {string} label
     * @param {Option[]} options
     */
    build(label, options) {
      node.setAttribute("aria-label", label);
      const labels = options.map(({ value, content, label, color }) => {
        const radio = el("input", { type: "radio", name: group, value, "aria-label": label });
        return el(
          "label",
          { title: label, style: color && `--on: var(--${color})` },
          radio,
          el("span", {}, ...content),
        );
      });
      node.replaceChildren(...labels);
    },
    /** @param {string | number} value */
    set(value) {
      for (const radio of node.querySelectorAll("input")) radio.checked = radio.value === String(value);
    },
  };
}

/**
 * A key that belongs to the browser or the system, not to an exhibit.
 * @param {KeyboardEvent} event
 */
export const isForeign = (event) => event.ctrlKey || event.metaKey || event.altKey;

/**
 * The exhibit has dealt with it.
 * @param {Event} event
 */
export function consume(event) {
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @typedef {object} SliderOptions
 * @property {HTMLElement} [area] where pointers drag; by default the track itself
 * @property {string} [color]
 * @property {(value: number, event: Event) => void} onMove while it moves
 * @property {() => void} onRelease when a pointer lets go
 * @property {() => void} onKey after a key
 * @property {(step: number) => number} next the value a key leads to: drawing waits for the next frame, so the owner
 *   knows best where it stands
 * @property {(step: number, event: Event) => void} [vertical] takes the up and down keys
 */

/**
 * A slider: a native range for keyboards and screen readers, laid over a track that CSS draws.
 * @param {SliderOptions} options
 */
export function slider({ area, color, onMove, onRelease, onKey, next, vertical }) {
  const input = el("input", { type: "range", min: 0, step: 1 });
  const [filled, handle] = [el("div", { class: "fill" }), el("div", { class: "handle" })];
  const node = el("div", { class: "track", style: color && `--color: var(--${color})` }, filled, handle, input);
  const self = { node, input, max: 0, set };
  /**
   * @param {number} value
   * @param {Event} event
   */
  const move = (value, event) => onMove(clamp(value, 0, self.max), event);
  /** @param {PointerEvent} event */
  const at = (event) => {
    const box = node.getBoundingClientRect();
    return Math.round(clamp((event.clientX - box.left) / box.width, 0, 1) * self.max);
  };
  const surface = area ?? node;
  surface.classList.add("surface");
  /**
   * The pointer's first event; a finger that has not moved sideways may be about to scroll the page.
   * @type {PointerEvent | null}
   */
  let down = null;
  let dragging = false;
  surface.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    event.preventDefault();
    surface.setPointerCapture(event.pointerId);
    input.focus({ preventScroll: true });
    down = event;
    const { touchAction } = getComputedStyle(/** @type {Element} */ (event.target));
    dragging = event.pointerType !== "touch" || touchAction === "none";
    if (dragging) move(at(event), event);
  });
  surface.addEventListener("pointermove", (event) => {
    if (!down || !event.isPrimary) return;
    dragging ||= Math.abs(event.clientX - down.clientX) > 5;
    if (dragging) move(at(event), event);
  });
  surface.addEventListener("pointerup", (event) => {
    if (!down || dragging) return;
    move(at(event), event); // a tap
    dragging = true;
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
    surface.addEventListener(end, () => {
      if (dragging) onRelease();
      dragging = false;
      down = null;
    });
  // A screen reader's gesture.
  input.addEventListener("input", (event) => {
    move(Number(input.value), event);
    onKey();
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
    };
    /** @type {Record<string, number>} */
    const ends = { Home: 0, End: self.max };
    if (isForeign(event) || !(event.key in steps || event.key in ends)) return;
    consume(event);
    if (vertical && event.key === "ArrowUp") vertical(-1, event);
    else if (vertical && event.key === "ArrowDown") vertical(1, event);
    else move(event.key in ends ? ends[event.key] : next(steps[event.key]), event);
    onKey();
  });
  /**
   * @param {number} value
   * @param {string} text
   * @param {number} place 0 to 1, where the track is not even
   */
  function set(value, text, place = self.max ? value / self.max : 0) {
    input.max = String(self.max);
    input.value = String(value);
    input.setAttribute("aria-valuetext", text);
    node.style.setProperty("--at", String(place));
  }
  return self;
}

/**
 * Labels under a track; the one for the present place pushes its neighbours aside.
 * @param {string} [color]
 */
export function ticks(color) {
  const now = el("span", { class: "now", style: color && `--color: var(--${color})` });
  const node = el("div", { class: "ticks", "aria-hidden": "true" });
  /** @type {{ place: number, label: HTMLElement }[]} */
  let others = [];
  return {
    node,
    /** @param {Tick[]} list */
    show(list) {
      others = list.map(({ place, text, minor }) => {
        return { place, label: el("span", { class: minor ? "minor" : "", style: `--at: ${place}` }, text) };
      });
      node.replaceChildren(...others.map(({ label }) => label), now);
    },
    /**
     * @param {number} place
     * @param {Content[]} content
     * @param {number} width the track's, in CSS pixels
     */
    at(place, content, width) {
      now.style.setProperty("--at", String(place));
      now.replaceChildren(...content);
      const room = 46 / width;
      for (const tick of others) tick.label.classList.toggle("near", Math.abs(tick.place - place) < room);
    },
  };
}

/**
 * `count` labels, evenly over a slider's timesteps.
 * @param {number} count
 * @param {number[]} timesteps
 * @returns {Tick[]}
 */
export const spread = (count, timesteps) =>
  Array.from({ length: count }, (_, i) => {
    const place = count > 1 ? i / (count - 1) : 0;
    return { place, text: String(timesteps[Math.round(place * (timesteps.length - 1))]) };
  });
