// The player's controls: what they are called, and where they are in each mode.

/** @import { Kind } from "../types.d.ts" */
/** @import { Reel } from "./stage.js" */
/** @import { Mode, PlayerBlob, Way } from "./types.d.ts" */
import { segmented } from "../controls.js";
import { el, icon, picture } from "../elements.js";
import { KINDS, math } from "../words.js";

const LOOP = "M17 2l4 4-4 4V7H7v4H5V5h12zM7 22l-4-4 4-4v3h10v-4h2v6H7z";

/**
 * @typedef {object} Actions
 * @property {() => void} play or pause
 * @property {() => void} loop
 * @property {(kind: Kind) => void} showKind
 * @property {(e: number) => void} showEpoch
 * @property {(n: number) => void} showPicture
 * @property {(way: Way) => void} playAlong
 * @property {(pace: number) => void} playAt
 */

/** @param {Actions} actions */
export function panel(actions) {
  const button = el("button", { type: "button", class: "play" });
  const loop = el("button", { type: "button", class: "loop" }, icon(LOOP));
  button.onclick = actions.play;
  loop.onclick = actions.loop;
  const kinds = segmented((value) => actions.showKind(/** @type {Kind} */ (value)));
  const epochs = segmented((value) => actions.showEpoch(Number(value)), "names");
  const chips = segmented((value) => actions.showPicture(Number(value)), "chips");
  const ways = segmented((value) => actions.playAlong(/** @type {Way} */ (value)));
  const paces = segmented((value) => actions.playAt(Number(value)));
  const tempo = el("div", { class: "tempo" }, paces.node, loop);
  const epochWord = el("span", { class: "hush" });
  const stamp = el("span", { class: "stamp" });
  const line = el("div", { class: "line" }, el("div", { class: "fill" }));

  return {
    button,
    /**
     * Where things stand; `place` is 0 to 1.
     * @param {Kind} kind
     * @param {number} e
     * @param {number} n
     * @param {number} t
     * @param {number} place
     */
    set(kind, e, n, t, place) {
      kinds.set(kind);
      epochs.set(e);
      chips.set(n);
      line.style.setProperty("--at", String(place));
      stamp.replaceChildren(math("t"), ` = ${t}`);
    },
    /**
     * @param {boolean} looping
     * @param {Way} along
     * @param {number} pace
     */
    setPlay(looping, along, pace) {
      loop.setAttribute("aria-pressed", String(looping));
      ways.set(along);
      paces.set(pace);
    },
    /**
     * Names in the visitor's language, and the choices there are.
     * @param {PlayerBlob} blob
     * @param {Reel} reel
     */
    label({ header }, reel) {
      const { strings, mode } = header;
      kinds.build(
        strings.kinds,
        reel.kinds.map((value) => {
          const { color, symbol } = KINDS[value];
          const word = mode === "pictures" ? [el("span", { class: "word" }, strings[`short_${value}`])] : [];
          return { value, label: strings[`kind_${value}`], color, content: [symbol(), ...word] };
        }),
      );
      kinds.node.hidden = reel.kinds.length < 2;
      epochs.build(
        strings.epoch,
        header.epochs.map((name, i) => ({ value: i, content: [String(name)], label: `${strings.epoch} ${name}` })),
      );
      epochWord.textContent = strings.epoch;
      ways.build(strings.ways, [
        { value: "t", content: [strings.along_t], label: strings.along_t },
        { value: "epochs", content: [strings.along_epochs], label: strings.along_epochs },
      ]);
      paces.build(
        strings.speed,
        ["½×", "1×", "2×"].map((text, i) => ({ value: [0.5, 1, 2][i], content: [text], label: text })),
      );
      chips.build(
        strings.pictures,
        header.captions.map((caption, i) => {
          const chip = picture(null);
          chip.resize(reel.height, reel.width);
          reel.show(chip, "xt", reel.epochs - 1, reel.frames - 1, i);
          return { value: i, content: [chip.canvas], label: `${i + 1}: ${caption}` };
        }),
      );
      loop.title = strings.loop;
      loop.setAttribute("aria-label", strings.loop);
    },
    /**
     * @param {HTMLElement} host
     * @param {Mode} mode
     * @param {{ many: HTMLElement, large: HTMLElement, surface: HTMLElement, epochs: number }} parts
     */
    arrange(host, mode, parts) {
      if (mode === "hero") {
        host.replaceChildren(parts.many, el("div", { class: "bar-below" }, button, line, stamp));
      } else if (mode === "pictures") {
        const choice = parts.epochs > 1 ? [el("label", {}, epochWord, epochs.node)] : [];
        const options = el("div", { class: "options" }, kinds.node, ...choice, el("span", { class: "push" }), tempo);
        host.replaceChildren(parts.many, el("div", { class: "transport" }, button, parts.surface), options);
      } else {
        const left = el("div", { class: "left" }, epochWord, epochs.node, parts.surface);
        const transport = el("div", { class: "transport" }, button, ways.node);
        const controls = el("div", { class: "controls" }, kinds.node, transport, tempo);
        const right = el("div", { class: "right" }, parts.large, controls, chips.node);
        host.replaceChildren(el("div", { class: "split" }, left, right));
      }
    },
  };
}
