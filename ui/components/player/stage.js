// What the player shows: all pictures of one epoch, or one picture over epochs and steps.

import { clamp, el, hat, math, picture, snap, upright } from "../common.js";

export const KINDS = {
  xt: { color: "xt", symbol: () => math("x", "t") },
  x0_hat: { color: "prediction", symbol: () => math(hat("x"), upright("0")) },
  eps_hat: { color: "prediction", symbol: () => math(hat("ε")) },
};

/** The frames of a blob: (epoch, frame, picture) of a kind, looked up. */
export function film({ header, arrays }) {
  const [epochs, frames, pictures, height, width, channels] = header.shape;
  return {
    epochs, frames, pictures, height, width,
    kinds: Object.keys(KINDS).filter((kind) => kind in arrays),
    show: (canvas, kind, e, f, n) =>
      canvas.show(arrays[kind], ((e * frames + f) * pictures + n) * height * width * channels, channels),
  };
}

/** The columns that make `count` pictures largest in `width`, under `tallest` all together; full rows are worth more. */
function columnsFor(count, width, gap, caption, tallest) {
  let best = { columns: Math.max(1, Math.floor(width / (48 + gap))), cell: 48, worth: 0, shown: count };
  for (let columns = 1; columns <= count; columns++) {
    const cell = Math.min(240, (width - (columns - 1) * gap) / columns);
    const worth = count % columns ? cell : cell * 1.6;
    if (Math.ceil(count / columns) * (cell + gap + caption) <= tallest && cell >= 40 && worth > best.worth)
      best = { columns, cell, worth, shown: count };
  }
  return best;
}

/** The same for a shop window: full rows that cover most, leaving out pictures that do not fit. */
function windowFor(count, width, gap, tallest) {
  let best = { columns: 1, cell: Math.min(160, width), shown: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const cell = Math.min(160, (width - (columns - 1) * gap) / columns);
    const shown = columns * Math.min(Math.floor(count / columns), Math.floor((tallest + gap) / (cell + gap)));
    if (shown * cell ** 2 > best.shown * best.cell ** 2) best = { columns, cell, shown };
  }
  return best;
}

export function gallery() {
  const node = el("div", { class: "gallery" });
  let pictures = [];
  return {
    node,
    build(reel, captions) {
      pictures = captions.map((caption) => picture(null, caption));
      for (const one of pictures) one.resize(reel.height, reel.width);
      node.replaceChildren(...pictures.map((one) => one.node));
    },
    fit(reel, width, hero) {
      const gap = width < 600 ? 12 : hero ? 20 : 16;
      const inside = width - 8;
      const { columns, cell, shown } = hero
        ? windowFor(reel.pictures, inside, gap, 440) : columnsFor(reel.pictures, inside, gap, 26, 470);
      node.style.setProperty("--columns", columns);
      node.style.setProperty("--gap", `${gap}px`);
      node.style.setProperty("--size", `${snap(cell, reel.width)}px`);
      node.classList.toggle("tight", cell < 60);
      pictures.forEach((one, n) => (one.node.hidden = n >= shown));
    },
    draw(reel, kind, e, f) {
      pictures.forEach((one, n) => one.node.hidden || reel.show(one, kind, e, f, n));
    },
    describe: (text) => pictures.forEach((one) => one.canvas.setAttribute("aria-label", text(one.caption.textContent))),
  };
}

/** Rows are epochs, columns steps; one picture. The box marks what is shown large. */
export function matrix() {
  const cells = el("div", { class: "cells", role: "img" });
  const box = el("div", { class: "box" });
  let thumbs = [], columns = 0, key = "";
  return {
    node: cells,
    columnOf: (reel, f) => (reel.frames > 1 ? Math.round((f / (reel.frames - 1)) * (columns - 1)) : 0),
    frameOf: (reel, column) => (columns > 1 ? Math.round((column / (columns - 1)) * (reel.frames - 1)) : 0),
    /** Lay out for a width; returns how wide it has become. */
    fit(reel, width, limit) {
      const gap = width < 400 ? 2 : 4;
      const wanted = Math.min(limit, reel.frames);
      const room = Math.min((window.innerHeight * 0.55) / reel.epochs, 96, (width - (wanted - 1) * gap) / wanted);
      const whole = snap(room, reel.width);
      const cell = whole > 0.8 * room ? whole : Math.floor(room);
      cells.style.setProperty("--cell", `${cell}px`);
      cells.style.setProperty("--gap", `${gap}px`);
      cells.style.setProperty("--columns", wanted);
      if (key !== `${wanted} ${reel.epochs} ${reel.height} ${reel.width}`) {
        key = `${wanted} ${reel.epochs} ${reel.height} ${reel.width}`;
        columns = wanted;
        thumbs = Array.from({ length: columns * reel.epochs }, () => picture(null));
        for (const one of thumbs) one.resize(reel.height, reel.width);
        cells.replaceChildren(...thumbs.map((one) => one.canvas), box);
      }
      return { cell, gap, columns, width: columns * (cell + gap) - gap };
    },
    paint(reel, kind, n) {
      thumbs.forEach((one, i) => reel.show(one, kind, Math.floor(i / columns), this.frameOf(reel, i % columns), n));
    },
    select(reel, e, f) {
      box.style.setProperty("--row", e);
      box.style.setProperty("--column", this.columnOf(reel, f));
    },
    /** The epoch under a pointer. */
    epochAt(reel, event) {
      const { top, height } = cells.getBoundingClientRect();
      return clamp(Math.floor(((event.clientY - top) / height) * reel.epochs), 0, reel.epochs - 1);
    },
  };
}
