// A pixel editor: the paper on the left, its tools on the right. Python hears of a drawing when a stroke has ended.

import { clamp, drawer, el, fill, icon, mount, snap } from "../common.js";
import { segmented } from "../controls.js";
import { decode, encode, paper } from "./paper.js";

const TOOLS = {
  pencil: "M3 17.25V21h3.75L17.81 9.94l-3.75-3.75zM20.71 7.04a1 1 0 0 0 0-1.41l-2.34-2.34a1 1 0 0 0-1.41 0l-1.83 1.83 3.75 3.75z",
  eraser: "M15.1 3a2 2 0 0 0-1.4.6L3.6 13.7a2 2 0 0 0 0 2.9L7 20h14v-2h-7.2l6.6-6.6a2 2 0 0 0 0-2.8l-3.9-5A2 2 0 0 0 15.1 3zM7.9 18L5 15.1l5-5 4.9 4.9-3 3z",
  fill: "M16.56 8.94L7.62 0 6.21 1.41l2.38 2.38-5.15 5.15a1.5 1.5 0 0 0 0 2.12l5.5 5.5a1.5 1.5 0 0 0 2.12 0l5.5-5.5a1.5 1.5 0 0 0 0-2.12zM5.21 10L10 5.21 14.79 10zM19 11.5s-2 2.17-2 3.5a2 2 0 0 0 4 0c0-1.33-2-3.5-2-3.5z",
  pick: "M20.71 5.63l-2.34-2.34a1 1 0 0 0-1.41 0l-3.12 3.12-1.93-1.91-1.41 1.41 1.42 1.42L3 16.25V21h4.75l8.92-8.92 1.42 1.42 1.41-1.41-1.92-1.92 3.12-3.12a1 1 0 0 0 .01-1.42zM6.92 19L5 17.08l8.06-8.06 1.92 1.92z",
};
const MIRROR = "M15 21h2v-2h-2zm4-12h2V7h-2zM3 5v14a2 2 0 0 0 2 2h4v-2H5V5h4V3H5a2 2 0 0 0-2 2zm16-2v2h2a2 2 0 0 0-2-2zm-8 20h2V1h-2zm8-6h2v-2h-2zM15 5h2V3h-2zm4 8h2v-2h-2zm0 8a2 2 0 0 0 2-2h-2z";
const UNDO = "M12.5 8c-2.65 0-5.05.99-6.9 2.6L2 7v9h9l-3.62-3.62a7.95 7.95 0 0 1 12.72 3.62l2.37-.78A10.5 10.5 0 0 0 12.5 8z";
const REDO = "M18.4 10.6A10.5 10.5 0 0 0 1.54 15.22L3.9 16a7.95 7.95 0 0 1 12.72-3.62L13 16h9V7z";
const CLEAR = "M6 19a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2V7H6zM19 4h-3.5l-1-1h-5l-1 1H5v2h14z";
const ARROW = "M4 12l1.4 1.4L11 7.8V20h2V7.8l5.6 5.6L20 12l-8-8z";
const ARROWS = { ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowRight: [1, 0] };
const TOOL_KEYS = { p: "pencil", b: "pencil", e: "eraser", f: "fill", i: "pick" };

function build(host, report) {
  let blob, strings, palette = [], tool = "pencil", ink = [0], drawing = null, cursor = { x: 0, y: 0 };
  const page = paper(), ask = drawer("editor", draw);
  const canvas = el("canvas", { role: "img" }), small = el("canvas", { "aria-hidden": "true" });
  const large = el("canvas", { "aria-hidden": "true" });
  const box = el("div", { class: "cursor", "aria-hidden": "true" }), said = el("span", { class: "said", role: "status" });
  const surface = el("div", { class: "surface-2d", tabindex: 0, role: "application" },
    canvas, el("div", { class: "lines" }), el("div", { class: "axis-2d" }), box);
  const tools = segmented((value) => use(value), "tools"), colours = segmented((value) => (take(palette[value]), use("pencil")), "palette");
  const button = (name, path, act, turn) => {
    const node = el("button", { type: "button", class: name, style: turn && `--turn: ${turn}deg` }, icon(path));
    node.onclick = act;
    return node;
  };
  const buttons = {
    mirror: button("mirror", MIRROR, () => mirror()),
    move_left: button("move_left", ARROW, () => done(page.move(-1, 0)), -90),
    move_up: button("move_up", ARROW, () => done(page.move(0, -1))),
    move_down: button("move_down", ARROW, () => done(page.move(0, 1)), 180),
    move_right: button("move_right", ARROW, () => done(page.move(1, 0)), 90),
    undo: button("undo", UNDO, () => done(page.undo())),
    redo: button("redo", REDO, () => done(page.redo())),
    clear: button("clear", CLEAR, () => done(page.clear())),
  };
  const row = (...names) => el("div", { class: "row" }, ...names.map((name) => buttons[name]));
  const move = row("move_left", "move_up", "move_down", "move_right"), now = el("span", { class: "ink", "aria-hidden": "true" });
  const preview = el("div", { class: "row preview" }, small, large, el("span", { class: "hush" }));
  const keys = el("p", { class: "hush keys" });
  host.append(el("div", { class: "board" }, surface, said), el("div", { class: "bench" },
    el("div", { class: "row" }, tools.node, now), colours.node,
    el("div", { class: "rows" }, row("undo", "redo", "clear"), row("mirror"), move), preview, keys));

  const css = (colour) => `rgb(${(colour.length === 1 ? [colour[0], colour[0], colour[0]] : colour).join(" ")})`;
  const index = (colour) => palette.findIndex((one) => one.every((value, c) => value === colour[c]));
  const named = (colour) => (index(colour) < 0 ? css(colour) : blob.header.names[index(colour)]);
  const paint = () => (tool === "eraser" ? Array(page.channels).fill(page.ground) : ink);

  function use(value) {
    tool = value;
    tools.set(tool);
    host.dataset.tool = tool;
  }
  function take(colour) {
    ink = colour;
    colours.set(index(ink));
    now.style.background = css(ink);
  }
  function mirror() {
    page.mirror = !page.mirror;
    buttons.mirror.setAttribute("aria-pressed", page.mirror);
    host.toggleAttribute("data-mirror", page.mirror);
  }
  /** After a change that is whole: on the screen, and to Python. */
  function done(changed, event) {
    if (!changed) return;
    ask(event);
    report.soon();
  }

  function draw() {
    const image = new ImageData(page.width, page.height), pixels = page.pixels();
    for (let n = 0; n < page.width * page.height; n++)
      for (let c = 0; c < 4; c++) image.data[4 * n + c] = c === 3 ? 255 : pixels[n * page.channels + (page.channels === 1 ? 0 : c)];
    for (const one of [canvas, small, large]) one.getContext("2d").putImageData(image, 0, 0);
    for (const [name, value] of Object.entries(cursor)) box.style.setProperty(`--${name}`, value);
    buttons.undo.disabled = !page.canUndo();
    buttons.redo.disabled = !page.canRedo();
    host.dataset.draws = Number(host.dataset.draws) + 1;
  }

  /** Put the tool down at (x, y), in pixels. */
  function down(x, y, event) {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    if (!page.inside(i, j)) return;
    report.hold();
    if (tool === "pick") return take(page.colour(i, j)), use("pencil");
    if (tool === "fill") return done(page.fill(i, j, ink), event);
    page.begin(x, y, paint(), page.channels === 1 ? "soft" : "pixel");
    drawing = event;
    ask(event);
  }
  function up() {
    if (drawing && page.end()) report.now();
    drawing = null;
    draw();
  }
  function place(event) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [((event.clientX - left) / width) * page.width, ((event.clientY - top) / height) * page.height];
  }
  surface.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    event.preventDefault();
    surface.setPointerCapture(event.pointerId);
    surface.focus({ preventScroll: true });
    down(...place(event), event);
  });
  surface.addEventListener("pointermove", (event) => {
    if (!event.isPrimary) return;
    const [x, y] = place(event);
    if (page.inside(Math.floor(x), Math.floor(y))) cursor = { x: Math.floor(x), y: Math.floor(y) };
    if (drawing) for (const one of event.getCoalescedEvents?.() ?? []) page.stroke(...place(one));
    if (drawing) page.stroke(x, y);
    ask(drawing ? event : undefined);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) surface.addEventListener(end, () => drawing && up());

  /** The keyboard's cursor; with the space bar held down it draws on its way. */
  function step([right, down_]) {
    cursor = { x: clamp(cursor.x + right, 0, page.width - 1), y: clamp(cursor.y + down_, 0, page.height - 1) };
    if (drawing) page.stroke(cursor.x + 0.5, cursor.y + 0.5);
    said.textContent = fill(strings.cell, { x: cursor.x + 1, y: cursor.y + 1, colour: named(page.colour(cursor.x, cursor.y)) });
    ask();
  }
  surface.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) step(ARROWS[event.key]);
    else if (event.key === " " || event.key === "Enter") event.repeat || drawing || down(cursor.x + 0.5, cursor.y + 0.5, event);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  surface.addEventListener("keyup", (event) => (event.key === " " || event.key === "Enter") && drawing && up());
  surface.addEventListener("blur", () => drawing && up());
  host.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase(), digit = "1234567890".indexOf(event.key);
    if (event.altKey || drawing) return;
    if (event.ctrlKey || event.metaKey) {
      if (key === "z" && !event.shiftKey) done(page.undo());
      else if (key === "y" || key === "z") done(page.redo());
      else return;
    } else if (key in TOOL_KEYS) use(TOOL_KEYS[key]);
    else if (key === "m") mirror();
    else if (digit >= 0 && palette[digit]) take(palette[digit]), use("pencil");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function fit() {
    const wide = host.clientWidth || 700, narrow = wide < 520;
    const size = snap(narrow ? Math.min(wide, 380) : clamp(wide - 268, 224, Math.max(224, Math.min(416, window.innerHeight * 0.56))), page.width);
    surface.style.setProperty("--size", `${size}px`);
  }
  const observer = new ResizeObserver(() => blob && fit());
  observer.observe(host);

  function label() {
    const words = { width: page.width, height: page.height };
    const name = (value) => strings[`tool_${value === "pencil" && page.channels === 1 ? "brush" : value}`];
    tools.build(strings.tools, Object.entries(TOOLS).map(([value, path]) => ({ value, content: [icon(path)], label: name(value) })));
    colours.build(strings.palette, palette.map((colour, k) => {
      const key = k < 10 ? ` (${(k + 1) % 10})` : "";
      return { value: k, content: [el("i", { style: `background: ${css(colour)}` })], label: blob.header.names[k] + key };
    }));
    for (const [key, node] of Object.entries(buttons)) {
      node.title = strings[key];
      node.setAttribute("aria-label", strings[key]);
    }
    buttons.mirror.setAttribute("aria-pressed", page.mirror);
    move.setAttribute("role", "group");
    move.setAttribute("aria-label", strings.move);
    surface.setAttribute("aria-label", fill(strings.area, words));
    canvas.setAttribute("aria-label", fill(strings.alt, words));
    preview.lastChild.textContent = strings.preview;
    keys.textContent = strings.keys;
  }

  return {
    show(next, position) {
      const first = !blob;
      blob = next;
      strings = blob.header.strings;
      const [height, width, channels] = blob.header.shape;
      palette = Array.from({ length: blob.arrays.palette.length / channels }, (_, k) =>
        [...blob.arrays.palette.subarray(k * channels, (k + 1) * channels)]);
      page.load(blob.header, decode(position.pixels));
      for (const one of [canvas, small, large]) [one.width, one.height] = [width, height];
      large.style.width = `${3 * width}px`;
      for (const [name, value] of Object.entries({ columns: width, lines: height })) surface.style.setProperty(`--${name}`, value);
      if (first) cursor = { x: Math.floor(width / 2), y: Math.floor(height / 2) };
      label();
      take(first ? palette[0] : ink);
      use(tool);
      fit();
      draw();
    },
    position: () => ({ pixels: encode(page.pixels()) }),
    stop: () => observer.disconnect(),
  };
}

export default (component) => mount(component, "editor", build);
