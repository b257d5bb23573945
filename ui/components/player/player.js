// Plays a reverse process: noise on the left of its slider, the picture on the right.

/** @import { Picture } from "../elements.js" */
/** @import { Build, Way } from "../types.d.ts" */
/** @import { Reel } from "./stage.js" */
/** @import { PlayerBlob, Position } from "./types.d.ts" */
import { segmented } from "../controls.js";
import { el, icon, snap } from "../elements.js";
import { exhibit } from "../mount.js";
import { clamp } from "../numbers.js";
import { playing, spread } from "../playing.js";
import { fill, KINDS, math, phrase } from "../words.js";
import { film, gallery, matrix } from "./stage.js";

const LOOP = "M17 2l4 4-4 4V7H7v4H5V5h12zM7 22l-4-4 4-4v3h10v-4h2v6H7z";

/** @type {Build<PlayerBlob, Position>} */
function build(host, report) {
  /** @type {PlayerBlob} */
  let blob;
  /** @type {Reel} */
  let reel;
  /** @type {ReturnType<typeof gallery>} */
  let many;
  /** @type {ReturnType<typeof matrix>} */
  let grid;
  /** @type {Picture} */
  let large;
  let n = 0;
  let pace = 1;
  let inside = false; // whether the pointer went down on the grid
  const play = playing(host, report, {
    name: "player",
    draw,
    describe,
    fit,
    seconds: () => (play.along === "epochs" ? reel.epochs * 0.7 : clamp(reel.frames / 14, 3, 8)) / pace,
    epochAt: (event) => (inside && event instanceof PointerEvent ? grid.epochAt(event) : null),
  });
  const aim = (/** @type {PointerEvent} */ event) => {
    inside = grid.node.contains(/** @type {Node} */ (event.target));
  };
  play.surface.addEventListener("pointerdown", aim, true);
  const epochs = segmented((/** @type {number} */ epoch) => {
    play.go(play.at.timesteps, epoch);
    report.soon();
  }, "names");
  const chips = segmented((/** @type {number} */ picture) => {
    n = picture;
    play.ask();
    report.soon();
  }, "chips");
  const ways = segmented((/** @type {Way} */ way) => {
    play.along = way;
    if (play.running()) play.start();
  });
  const paces = segmented((/** @type {number} */ chosen) => {
    pace = chosen;
  });
  const loop = el("button", { type: "button", class: "loop" }, icon(LOOP));
  const tempo = el("div", { class: "tempo" }, paces.node, loop);
  const epochWord = el("span", { class: "hush" });
  const stamp = el("span", { class: "stamp" });
  const line = el("div", { class: "line" }, el("div", { class: "fill" }));
  const showLoop = () => loop.setAttribute("aria-pressed", String(play.loop));
  loop.onclick = () => {
    play.loop = !play.loop;
    showLoop();
  };

  function draw() {
    const { timesteps: f, epochs: e } = play.at;
    const { kind, ...words } = play.now();
    if (blob.header.mode === "epochs") {
      const text = fill(blob.header.strings.caption_epochs, words);
      grid.draw(kind, e, f, n);
      reel.show(large, kind, e, f, n);
      large.caption.replaceChildren(...phrase(text, KINDS[kind].symbol()));
    } else many.draw(kind, e, f);
    epochs.set(e);
    chips.set(n);
    line.style.setProperty("--at", String(reel.frames > 1 ? f / (reel.frames - 1) : 1));
    stamp.replaceChildren(math("t"), ` = ${words.t}`);
  }
  function describe() {
    const { captions, strings } = blob.header;
    const words = { ...play.now(), kind: strings[`kind_${play.kind}`] };
    many.describe((caption) => fill(strings.alt_picture, { ...words, caption }));
    large.canvas.setAttribute("aria-label", fill(strings.alt_picture, { ...words, caption: captions[n] }));
    grid.node.setAttribute("aria-label", fill(strings.alt_grid, { ...words, caption: captions[n] }));
  }

  function fit() {
    const width = host.clientWidth || 900;
    const narrow = width < 640;
    const { mode } = blob.header;
    if (mode !== "epochs") {
      scale(Math.min(narrow ? 6 : 11, reel.frames));
      many.fit(width, mode === "hero");
      return;
    }
    const { cell, gap, columns, width: wide } = grid.fit(width - (narrow ? 42 : 48 + 252), narrow ? 8 : 10);
    large.resize(snap(narrow ? width * 0.45 : Math.min(320, width - wide - 94), reel.width));
    host.style.setProperty("--cell", `${cell}px`);
    host.style.setProperty("--gap", `${gap}px`);
    scale(columns);
  }
  /** @type {(count: number) => void} the timesteps under the slider; the first and last stay on a phone */
  function scale(count) {
    const list = spread(count, blob.header.timesteps).map((tick, i) => {
      return { ...tick, minor: (i % 2 === 1 && i < count - 1) || (count % 2 === 0 && i === count - 2) };
    });
    play.mark(list);
  }

  /** Names in the visitor's language, and the choices there are. */
  function label() {
    const { captions, epochs: numbers, strings } = blob.header;
    const names = numbers.map((name, i) => {
      return { value: i, content: [String(name)], label: `${strings.epoch} ${name}` };
    });
    epochs.build(strings.epoch, names);
    epochWord.textContent = strings.epoch;
    ways.build(strings.ways, [
      { value: "timesteps", content: [strings.along_t], label: strings.along_t },
      { value: "epochs", content: [strings.along_epochs], label: strings.along_epochs },
    ]);
    ways.set(play.along);
    const speeds = Object.entries({ "½×": 0.5, "1×": 1, "2×": 2 });
    const options = speeds.map(([text, value]) => ({ value, content: [text], label: text }));
    paces.build(strings.speed, options);
    paces.set(pace);
    const thumbs = captions.map((caption, i) => {
      const chip = reel.blank();
      reel.show(chip, "xt", reel.epochs - 1, reel.frames - 1, i);
      return { value: i, content: [chip.canvas], label: `${i + 1}: ${caption}` };
    });
    chips.build(strings.pictures, thumbs);
    loop.title = strings.loop;
    loop.setAttribute("aria-label", strings.loop);
    showLoop();
  }
  function arrange() {
    const { button, kinds, surface } = play;
    const { mode } = blob.header;
    if (mode === "hero") {
      host.replaceChildren(many.node, el("div", { class: "bar-below" }, button, line, stamp));
    } else if (mode === "pictures") {
      const choice = reel.epochs > 1 ? [el("label", {}, epochWord, epochs.node)] : [];
      const options = el("div", { class: "options" }, kinds, ...choice, el("span", { class: "push" }), tempo);
      host.replaceChildren(many.node, el("div", { class: "transport" }, button, surface), options);
    } else {
      surface.prepend(grid.node);
      const left = el("div", { class: "left" }, epochWord, epochs.node, surface);
      const transport = el("div", { class: "transport" }, button, ways.node);
      const controls = el("div", { class: "controls" }, kinds, transport, tempo);
      const right = el("div", { class: "right" }, large.node, controls, chips.node);
      host.replaceChildren(el("div", { class: "split" }, left, right));
    }
  }

  return {
    show(next, position) {
      const first = !blob;
      grid?.node.remove();
      blob = next;
      const { captions, mode } = blob.header;
      reel = film(blob);
      [many, grid, large] = [gallery(reel, captions), matrix(reel), reel.blank()];
      n = clamp(position.picture, 0, reel.pictures - 1);
      if (mode !== "epochs") play.along = "timesteps";
      if (first) play.loop = mode === "hero";
      play.hold = mode === "hero" ? 2.6 : 1.2;
      host.dataset.mode = mode;
      label();
      arrange();
      play.show(blob.header, blob.arrays, position);
    },
    resize: play.resize,
    position: () => ({ ...play.now(), picture: n }),
    stop: play.stop,
  };
}

export default exhibit("player", build);
