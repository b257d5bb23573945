// A pixel editor: the paper on the left, its tools on the right. Python hears of a drawing when a stroke has ended.

/** @import { Build } from "../types.d.ts" */
/** @import { Colour, EditorBlob, Position, Tool } from "./types.d.ts" */
import { consume, isForeign } from "../controls.js";
import { el, pen, snap } from "../elements.js";
import { countDrawing, drawer, exhibit } from "../mount.js";
import { clamp } from "../numbers.js";
import { fill } from "../words.js";
import { bench, css } from "./bench.js";
import { decode, encode, paper } from "./paper.js";

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowRight: [1, 0] };
/** @type {Record<string, Tool>} */
const TOOL_KEYS = { p: "pencil", b: "pencil", e: "eraser", f: "fill", i: "pick" };

/** @type {Build<EditorBlob, Position>} */
function build(host, report) {
  /** @type {EditorBlob} */
  let blob;
  /** @type {Colour[]} */
  let palette = [];
  /** @type {Tool} */
  let tool = "pencil";
  let ink = [0];
  /** @type {Event | null} */
  let drawing = null;
  let cursor = { x: 0, y: 0 };
  const page = paper();
  const ask = drawer("editor", draw);
  const canvas = el("canvas", { role: "img" });
  const small = el("canvas", { "aria-hidden": "true" });
  const large = el("canvas", { "aria-hidden": "true" });
  const box = el("div", { class: "cursor", "aria-hidden": "true" });
  const said = el("span", { class: "said", role: "status" });
  const surface = el(
    "div",
    { class: "surface-2d", tabindex: 0, role: "application" },
    canvas,
    el("div", { class: "lines" }),
    el("div", { class: "axis-2d" }),
    box,
  );
  const changes = {
    move_left: () => page.move(-1, 0),
    move_up: () => page.move(0, -1),
    move_down: () => page.move(0, 1),
    move_right: () => page.move(1, 0),
    undo: page.undo,
    redo: page.redo,
    clear: page.clear,
  };
  const tools = bench(use, dip, (name) => (name === "mirror" ? mirror() : done(changes[name]())), small, large);
  host.append(el("div", { class: "board" }, surface, said), tools.node);

  /** @type {(colour: Colour) => number} */
  const index = (colour) => palette.findIndex((one) => one.every((value, c) => value === colour[c]));
  /** @type {(colour: Colour) => string} */
  const named = (colour) => (index(colour) < 0 ? css(colour) : blob.header.names[index(colour)]);
  const paint = () => (tool === "eraser" ? Array(page.channels).fill(page.ground) : ink);

  /** @type {(value: Tool) => void} */
  function use(value) {
    tool = value;
    tools.setTool(tool);
    host.dataset.tool = tool;
  }
  /** @type {(colour: Colour) => void} */
  function take(colour) {
    ink = colour;
    tools.setInk(ink, index(ink));
  }
  /** @type {(k: number) => void} into the palette's k-th colour */
  function dip(k) {
    take(palette[k]);
    use("pencil");
  }
  function mirror() {
    page.mirror = !page.mirror;
    tools.buttons.mirror.setAttribute("aria-pressed", String(page.mirror));
    host.toggleAttribute("data-mirror", page.mirror);
  }
  /** @type {(changed: boolean, event?: Event) => void} a change that is whole: on the screen, and to Python */
  function done(changed, event) {
    if (!changed) return;
    ask(event);
    report.soon();
  }

  function draw() {
    const image = new ImageData(page.width, page.height);
    const pixels = page.pixels();
    image.data.fill(255);
    for (let n = 0; n < page.width * page.height; n++)
      for (let c = 0; c < 3; c++) image.data[4 * n + c] = pixels[n * page.channels + (page.channels === 1 ? 0 : c)];
    for (const one of [canvas, small, large]) pen(one).putImageData(image, 0, 0);
    for (const [name, value] of Object.entries(cursor)) box.style.setProperty(`--${name}`, String(value));
    [tools.buttons.undo.disabled, tools.buttons.redo.disabled] = [!page.canUndo(), !page.canRedo()];
    countDrawing(host);
  }

  /** @type {(x: number, y: number, event: Event) => void} puts the tool down at (x, y), in pixels */
  function down(x, y, event) {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    if (!page.inside(i, j)) return;
    report.hold();
    if (tool === "pick") {
      take(page.colour(i, j));
      use("pencil");
    } else if (tool === "fill") {
      done(page.fill(i, j, ink), event);
    } else {
      page.begin(x, y, paint());
      drawing = event;
      ask(event);
    }
  }
  function up() {
    if (!drawing) return;
    if (page.end()) report.now();
    drawing = null;
    draw();
  }
  /** @type {(event: PointerEvent) => [number, number]} */
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
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) surface.addEventListener(end, up);

  /** @type {(right: number, below: number) => void} the keyboard's cursor; with the space bar held down it draws */
  function step(right, below) {
    const { strings } = blob.header;
    cursor = { x: clamp(cursor.x + right, 0, page.width - 1), y: clamp(cursor.y + below, 0, page.height - 1) };
    if (drawing) page.stroke(cursor.x + 0.5, cursor.y + 0.5);
    const colour = named(page.colour(cursor.x, cursor.y));
    said.textContent = fill(strings.cell, { x: cursor.x + 1, y: cursor.y + 1, colour });
    ask();
  }
  surface.addEventListener("keydown", (event) => {
    if (isForeign(event)) return;
    if (event.key in ARROWS) step(...ARROWS[event.key]);
    else if (event.key !== " " && event.key !== "Enter") return;
    else if (!event.repeat && !drawing) down(cursor.x + 0.5, cursor.y + 0.5, event);
    consume(event);
  });
  surface.addEventListener("keyup", (event) => {
    if (event.key === " " || event.key === "Enter") up();
  });
  host.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const digit = "1234567890".indexOf(event.key);
    if (event.altKey || drawing) return;
    if (event.ctrlKey || event.metaKey) {
      if (key === "z" && !event.shiftKey) done(page.undo());
      else if (key === "y" || key === "z") done(page.redo());
      else return;
    } else if (key in TOOL_KEYS) use(TOOL_KEYS[key]);
    else if (key === "m") mirror();
    else if (digit >= 0 && palette[digit]) dip(digit);
    else return;
    consume(event);
  });

  function fit() {
    const wide = host.clientWidth || 700;
    const tallest = Math.max(224, Math.min(416, window.innerHeight * 0.56));
    const size = snap(wide < 520 ? Math.min(wide, 380) : clamp(wide - 268, 224, tallest), page.width);
    surface.style.setProperty("--size", `${size}px`);
  }
  return {
    show(next, position) {
      const first = !blob;
      blob = next;
      const [height, width, channels] = blob.header.shape;
      const colours = [...blob.arrays.palette];
      palette = blob.header.names.map((_, k) => colours.slice(k * channels, (k + 1) * channels));
      page.load(blob.header, decode(position.pixels));
      for (const one of [canvas, small, large]) [one.width, one.height] = [width, height];
      large.style.width = `${3 * width}px`;
      surface.style.setProperty("--columns", String(width));
      surface.style.setProperty("--lines", String(height));
      if (first) cursor = { x: Math.floor(width / 2), y: Math.floor(height / 2) };
      tools.label(blob.header, palette);
      tools.buttons.mirror.setAttribute("aria-pressed", String(page.mirror));
      surface.setAttribute("aria-label", fill(blob.header.strings.area, { width, height }));
      canvas.setAttribute("aria-label", fill(blob.header.strings.alt, { width, height }));
      take(first ? palette[0] : ink);
      use(tool);
      fit();
      draw();
    },
    resize: fit,
    position: () => ({ pixels: encode(page.pixels()) }),
  };
}

export default exhibit("editor", build);
