// What the player shows: all pictures of one epoch, or one picture over epochs and steps.

/** @import { Picture } from "../elements.js" */
/** @import { Kind } from "../types.d.ts" */
/** @import { PlayerBlob } from "./types.d.ts" */
import { el, picture, snap } from "../elements.js";
import { clamp } from "../numbers.js";
import { KINDS } from "../words.js";

/**
 * The frames of a blob: (epoch, frame, picture) of a kind, looked up.
 * @param {PlayerBlob} blob
 */
export function film({ header, arrays }) {
  const [epochs, frames, pictures, height, width, channels] = header.shape;
  return {
    epochs,
    frames,
    pictures,
    height,
    width,
    kinds: /** @type {Kind[]} */ (Object.keys(KINDS)).filter((kind) => kind in arrays),
    /**
     * @param {Picture} canvas
     * @param {Kind} kind
     * @param {number} e
     * @param {number} f
     * @param {number} n
     */
    show(canvas, kind, e, f, n) {
      const bytes = arrays[kind];
      if (bytes) canvas.show(bytes, ((e * frames + f) * pictures + n) * height * width * channels, channels);
    },
  };
}

/** @typedef {ReturnType<typeof film>} Reel */

/**
 * The columns that make `count` pictures largest in `width`, under `tallest` all together; full rows are worth more.
 * @param {number} count
 * @param {number} width
 * @param {number} gap
 * @param {number} caption the height of one
 * @param {number} tallest
 */
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

/**
 * The same for a shop window: full rows that cover most, leaving out pictures that do not fit.
 * @param {number} count
 * @param {number} width
 * @param {number} gap
 * @param {number} tallest
 */
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
  /** @type {Picture[]} */
  let pictures = [];
  return {
    node,
    /**
     * @param {Reel} reel
     * @param {string[]} captions
     */
    build(reel, captions) {
      pictures = captions.map((caption) => picture(null, caption));
      for (const one of pictures) one.resize(reel.height, reel.width);
      node.replaceChildren(...pictures.map((one) => one.node));
    },
    /**
     * @param {Reel} reel
     * @param {number} width
     * @param {boolean} hero
     */
    fit(reel, width, hero) {
      const gap = width < 600 ? 12 : hero ? 20 : 16;
      const inside = width - 8;
      const { columns, cell, shown } = hero
        ? windowFor(reel.pictures, inside, gap, 440)
        : columnsFor(reel.pictures, inside, gap, 26, 470);
      node.style.setProperty("--columns", String(columns));
      node.style.setProperty("--gap", `${gap}px`);
      node.style.setProperty("--size", `${snap(cell, reel.width)}px`);
      node.classList.toggle("tight", cell < 60);
      for (const [n, one] of pictures.entries()) one.node.hidden = n >= shown;
    },
    /**
     * @param {Reel} reel
     * @param {Kind} kind
     * @param {number} e
     * @param {number} f
     */
    draw(reel, kind, e, f) {
      for (const [n, one] of pictures.entries()) if (!one.node.hidden) reel.show(one, kind, e, f, n);
    },
    /** @param {(caption: string) => string} text */
    describe(text) {
      for (const one of pictures) one.canvas.setAttribute("aria-label", text(one.caption.textContent ?? ""));
    },
  };
}

/** Rows are epochs, columns steps; one picture. The box marks what is shown large. */
export function matrix() {
  const cells = el("div", { class: "cells", role: "img" });
  const box = el("div", { class: "box" });
  /** @type {Picture[]} */
  let thumbs = [];
  let columns = 0;
  let key = "";
  /**
   * @param {Reel} reel
   * @param {number} f
   */
  const columnOf = (reel, f) => (reel.frames > 1 ? Math.round((f / (reel.frames - 1)) * (columns - 1)) : 0);
  /**
   * @param {Reel} reel
   * @param {number} column
   */
  const frameOf = (reel, column) => (columns > 1 ? Math.round((column / (columns - 1)) * (reel.frames - 1)) : 0);
  return {
    node: cells,
    /**
     * Lay out for a width; returns how wide it has become.
     * @param {Reel} reel
     * @param {number} width
     * @param {number} limit columns at most
     */
    fit(reel, width, limit) {
      const gap = width < 400 ? 2 : 4;
      const wanted = Math.min(limit, reel.frames);
      const room = Math.min((window.innerHeight * 0.55) / reel.epochs, 96, (width - (wanted - 1) * gap) / wanted);
      const whole = snap(room, reel.width);
      const cell = whole > 0.8 * room ? whole : Math.floor(room);
      cells.style.setProperty("--cell", `${cell}px`);
      cells.style.setProperty("--gap", `${gap}px`);
      cells.style.setProperty("--columns", String(wanted));
      if (key !== `${wanted} ${reel.epochs} ${reel.height} ${reel.width}`) {
        key = `${wanted} ${reel.epochs} ${reel.height} ${reel.width}`;
        columns = wanted;
        thumbs = Array.from({ length: columns * reel.epochs }, () => picture(null));
        for (const one of thumbs) one.resize(reel.height, reel.width);
        cells.replaceChildren(...thumbs.map((one) => one.canvas), box);
      }
      return { cell, gap, columns, width: columns * (cell + gap) - gap };
    },
    /**
     * @param {Reel} reel
     * @param {Kind} kind
     * @param {number} n
     */
    paint(reel, kind, n) {
      for (const [i, one] of thumbs.entries())
        reel.show(one, kind, Math.floor(i / columns), frameOf(reel, i % columns), n);
    },
    /**
     * @param {Reel} reel
     * @param {number} e
     * @param {number} f
     */
    select(reel, e, f) {
      box.style.setProperty("--row", String(e));
      box.style.setProperty("--column", String(columnOf(reel, f)));
    },
    /**
     * The epoch under a pointer.
     * @param {Reel} reel
     * @param {PointerEvent} event
     */
    epochAt(reel, event) {
      const { top, height } = cells.getBoundingClientRect();
      return clamp(Math.floor(((event.clientY - top) / height) * reel.epochs), 0, reel.epochs - 1);
    },
  };
}
