// What the player shows: all pictures of one epoch, or one picture over epochs and steps.

/** @import { Picture } from "../elements.js" */
/** @import { Kind } from "../types.d.ts" */
/** @import { PlayerBlob } from "./types.d.ts" */
import { el, picture, snap } from "../elements.js";
import { clamp } from "../numbers.js";

/**
 * The frames of a blob: (epoch, frame, picture) of a kind, looked up.
 * @param {PlayerBlob} blob
 */
export function film({ header, arrays }) {
  const [epochs, frames, pictures, ...shape] = header.shape;
  const size = shape[0] * shape[1] * shape[2];
  return {
    epochs,
    frames,
    pictures,
    width: shape[1],
    blank: () => picture(shape),
    /** @type {(one: Picture, kind: Kind, e: number, f: number, n: number) => void} */
    show: (one, kind, e, f, n) => one.show(arrays[kind] ?? arrays.xt, ((e * frames + f) * pictures + n) * size),
  };
}

/** @typedef {ReturnType<typeof film>} Reel */

/** @typedef {{ columns: number, cell: number, shown: number }} Layout */

/** @type {(count: number, width: number, gap: number) => Layout} the largest pictures; full rows are worth more */
function columnsFor(count, width, gap) {
  let best = { columns: Math.max(1, Math.floor(width / (48 + gap))), cell: 48, worth: 0, shown: count };
  for (let columns = 1; columns <= count; columns++) {
    const cell = Math.min(240, (width - (columns - 1) * gap) / columns);
    const worth = count % columns ? cell : cell * 1.6;
    const height = Math.ceil(count / columns) * (cell + gap + 26); // each with its caption
    if (height <= 470 && cell >= 40 && worth > best.worth) best = { columns, cell, worth, shown: count };
  }
  return best;
}

// For a shop window: full rows that cover most, leaving out pictures that do not fit.
/** @type {(count: number, width: number, gap: number) => Layout} */
function windowFor(count, width, gap) {
  let best = { columns: 1, cell: Math.min(160, width), shown: 1 };
  for (let columns = 1; columns <= count; columns++) {
    const cell = Math.min(160, (width - (columns - 1) * gap) / columns);
    const shown = columns * Math.min(Math.floor(count / columns), Math.floor((440 + gap) / (cell + gap)));
    if (shown * cell ** 2 > best.shown * best.cell ** 2) best = { columns, cell, shown };
  }
  return best;
}

/** @param {Reel} reel @param {string[]} captions */
export function gallery(reel, captions) {
  const pictures = captions.map(reel.blank);
  const node = el("div", { class: "gallery" }, ...pictures.map((one) => one.node));
  for (const [n, { caption }] of pictures.entries()) caption.textContent = captions[n];
  return {
    node,
    /** @type {(width: number, hero: boolean) => void} */
    fit(width, hero) {
      const gap = width < 600 ? 12 : hero ? 20 : 16;
      const { columns, cell, shown } = (hero ? windowFor : columnsFor)(reel.pictures, width - 8, gap);
      node.style.setProperty("--columns", String(columns));
      node.style.setProperty("--gap", `${gap}px`);
      node.style.setProperty("--size", `${snap(cell, reel.width)}px`);
      node.classList.toggle("tight", cell < 60);
      for (const [n, one] of pictures.entries()) one.node.hidden = n >= shown;
    },
    /** @type {(kind: Kind, e: number, f: number) => void} */
    draw(kind, e, f) {
      for (const [n, one] of pictures.entries()) if (!one.node.hidden) reel.show(one, kind, e, f, n);
    },
    /** @type {(text: (caption: string) => string) => void} */
    describe(text) {
      for (const [n, { canvas }] of pictures.entries()) canvas.setAttribute("aria-label", text(captions[n]));
    },
  };
}

/** @param {Reel} reel rows are its epochs, columns steps; one picture. The box marks what is shown large. */
export function matrix(reel) {
  const box = el("div", { class: "box" });
  const node = el("div", { class: "cells", role: "img" }, box);
  /** @type {Picture[]} */
  let thumbs = [];
  let columns = 0;
  let painted = "";
  /** @type {(i: number, from: number, to: number) => number} the i-th of `from` places, among `to` */
  const among = (i, from, to) => (from > 1 ? Math.round((i / (from - 1)) * (to - 1)) : 0);
  return {
    node,
    /** @type {(width: number, limit: number) => { cell: number, gap: number, columns: number, width: number }} */
    fit(width, limit) {
      const gap = width < 400 ? 2 : 4;
      const wanted = Math.min(limit, reel.frames);
      const room = Math.min((window.innerHeight * 0.55) / reel.epochs, 96, (width - (wanted - 1) * gap) / wanted);
      const whole = snap(room, reel.width);
      const cell = whole > 0.8 * room ? whole : Math.floor(room);
      if (columns !== wanted) {
        columns = wanted;
        thumbs = Array.from({ length: columns * reel.epochs }, reel.blank);
        node.replaceChildren(...thumbs.map((one) => one.canvas), box);
        node.style.setProperty("--columns", String(columns));
      }
      return { cell, gap, columns, width: columns * (cell + gap) - gap };
    },
    /** @type {(kind: Kind, e: number, f: number, n: number) => void} */
    draw(kind, e, f, n) {
      const wanted = `${kind} ${n} ${columns}`;
      if (wanted !== painted)
        for (const [i, one] of thumbs.entries())
          reel.show(one, kind, Math.floor(i / columns), among(i % columns, columns, reel.frames), n);
      painted = wanted;
      box.style.setProperty("--row", String(e));
      box.style.setProperty("--column", String(among(f, reel.frames, columns)));
    },
    /** @type {(event: PointerEvent) => number} */
    epochAt(event) {
      const { top, height } = node.getBoundingClientRect();
      return clamp(Math.floor(((event.clientY - top) / height) * reel.epochs), 0, reel.epochs - 1);
    },
  };
}
