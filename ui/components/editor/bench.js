// The tools beside the paper: their icons, names and keys.

/** @import { Colour, EditorHeader, Tool } from "./types.d.ts" */
import { segmented } from "../controls.js";
import { el, icon } from "../elements.js";

/** @type {Record<Tool, string>} */
const TOOLS = {
  pencil:
    "M3 17.25V21h3.75L17.81 9.94l-3.75-3.75zM20.71 7.04a1 1 0 0 0 0-1.41l-2.34-2.34a1 1 0 0 0-1.41 0l-1.83 1.83 3.75 3.75z",
  eraser:
    "M15.1 3a2 2 0 0 0-1.4.6L3.6 13.7a2 2 0 0 0 0 2.9L7 20h14v-2h-7.2l6.6-6.6a2 2 0 0 0 0-2.8l-3.9-5A2 2 0 0 0 15.1 3zM7.9 18L5 15.1l5-5 4.9 4.9-3 3z",
  fill: "M16.56 8.94L7.62 0 6.21 1.41l2.38 2.38-5.15 5.15a1.5 1.5 0 0 0 0 2.12l5.5 5.5a1.5 1.5 0 0 0 2.12 0l5.5-5.5a1.5 1.5 0 0 0 0-2.12zM5.21 10L10 5.21 14.79 10zM19 11.5s-2 2.17-2 3.5a2 2 0 0 0 4 0c0-1.33-2-3.5-2-3.5z",
  pick: "M20.71 5.63l-2.34-2.34a1 1 0 0 0-1.41 0l-3.12 3.12-1.93-1.91-1.41 1.41 1.42 1.42L3 16.25V21h4.75l8.92-8.92 1.42 1.42 1.41-1.41-1.92-1.92 3.12-3.12a1 1 0 0 0 .01-1.42zM6.92 19L5 17.08l8.06-8.06 1.92 1.92z",
};
const ARROW = "M4 12l1.4 1.4L11 7.8V20h2V7.8l5.6 5.6L20 12l-8-8z";
const BUTTONS = {
  undo: "M12.5 8c-2.65 0-5.05.99-6.9 2.6L2 7v9h9l-3.62-3.62a7.95 7.95 0 0 1 12.72 3.62l2.37-.78A10.5 10.5 0 0 0 12.5 8z",
  redo: "M18.4 10.6A10.5 10.5 0 0 0 1.54 15.22L3.9 16a7.95 7.95 0 0 1 12.72-3.62L13 16h9V7z",
  clear: "M6 19a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2V7H6zM19 4h-3.5l-1-1h-5l-1 1H5v2h14z",
  mirror:
    "M15 21h2v-2h-2zm4-12h2V7h-2zM3 5v14a2 2 0 0 0 2 2h4v-2H5V5h4V3H5a2 2 0 0 0-2 2zm16-2v2h2a2 2 0 0 0-2-2zm-8 20h2V1h-2zm8-6h2v-2h-2zM15 5h2V3h-2zm4 8h2v-2h-2zm0 8a2 2 0 0 0 2-2h-2z",
  move_left: ARROW,
  move_up: ARROW,
  move_down: ARROW,
  move_right: ARROW,
};
/** @typedef {keyof typeof BUTTONS} ButtonName */

/** @type {Partial<Record<ButtonName, number>>} degrees by which the arrow, which points up, is turned */
const TURNS = { move_left: -90, move_down: 180, move_right: 90 };

/** @type {(colour: Colour) => string} in CSS; one channel is grey */
export const css = (colour) => `rgb(${(colour.length === 1 ? [colour[0], colour[0], colour[0]] : colour).join(" ")})`;

/**
 * Where the tools are.
 * @param {(tool: Tool) => void} use
 * @param {(k: number) => void} take the palette's k-th colour
 * @param {(name: ButtonName) => void} press
 * @param {HTMLCanvasElement[]} copies show the drawing once more
 */
export function bench(use, take, press, ...copies) {
  const tools = segmented(use, "tools");
  const colours = segmented(take, "palette");
  const names = /** @type {ButtonName[]} */ (Object.keys(BUTTONS));
  const buttons = Object.fromEntries(
    names.map((name) => {
      const style = name in TURNS ? `--turn: ${TURNS[name]}deg` : null;
      const node = el("button", { type: "button", class: name, style }, icon(BUTTONS[name]));
      node.onclick = () => press(name);
      return [name, node];
    }),
  );
  /** @type {(...names: ButtonName[]) => HTMLElement} */
  const row = (...names) => el("div", { class: "row" }, ...names.map((name) => buttons[name]));
  const move = row("move_left", "move_up", "move_down", "move_right");
  move.setAttribute("role", "group");
  const now = el("span", { class: "ink", "aria-hidden": "true" });
  const what = el("span", { class: "hush" });
  const keys = el("p", { class: "hush keys" });
  const node = el(
    "div",
    { class: "bench" },
    el("div", { class: "row" }, tools.node, now),
    colours.node,
    el("div", { class: "rows" }, row("undo", "redo", "clear"), row("mirror"), move),
    el("div", { class: "row preview" }, ...copies, what),
    keys,
  );
  return {
    node,
    buttons,
    setTool: tools.set,
    /** @type {(ink: Colour, k: number) => void} k: its place in the palette, -1 for none */
    setInk(ink, k) {
      colours.set(k);
      now.style.background = css(ink);
    },
    /** @type {(header: EditorHeader, palette: Colour[]) => void} */
    label({ names: colourNames, shape, strings }, palette) {
      const options = /** @type {Tool[]} */ (Object.keys(TOOLS)).map((value) => {
        const name = value === "pencil" && shape[2] === 1 ? "brush" : value;
        return { value, content: [icon(TOOLS[value])], label: strings[`tool_${name}`] };
      });
      tools.build(strings.tools, options);
      const swatches = palette.map((colour, k) => {
        const key = k < 10 ? ` (${(k + 1) % 10})` : "";
        return { value: k, content: [el("i", { style: `background: ${css(colour)}` })], label: colourNames[k] + key };
      });
      colours.build(strings.palette, swatches);
      for (const name of names) {
        buttons[name].title = strings[name];
        buttons[name].setAttribute("aria-label", strings[name]);
      }
      move.setAttribute("aria-label", strings.move);
      what.textContent = strings.preview;
      keys.textContent = strings.keys;
    },
  };
}
