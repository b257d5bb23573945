// What is drawn on: pixels, strokes that cover them, and all that was there before.

/** @import { Colour, EditorHeader } from "./types.d.ts" */
import { clamp } from "../numbers.js";

const UNDO_STEPS = 200;

/** @param {Uint8Array} pixels */
export const encode = (pixels) => btoa(String.fromCharCode(...pixels));

/** @param {string} text */
export const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/**
 * @typedef {object} Tip
 * @property {number} reach pixels that it covers on each side of its own
 * @property {number} step from stamp to stamp, in pixels
 * @property {(i: number, j: number, x: number, y: number) => number} cover how much of the pixel (i, j) a tip at (x, y),
 *   in pixels, covers
 * @property {(x: number) => number} snap
 */

/**
 * All or nothing of one pixel, or softly of several.
 * @type {Record<"pixel" | "soft", Tip>}
 */
const TIPS = {
  pixel: { reach: 0, step: 1, cover: () => 1, snap: (x) => Math.floor(x) + 0.5 },
  soft: {
    reach: 2,
    step: 0.25,
    cover: (i, j, x, y) => clamp(1.7 - Math.hypot(i + 0.5 - x, j + 0.5 - y), 0, 1),
    snap: (x) => x,
  },
};

export function paper() {
  let pixels = new Uint8Array();
  /** As they were when the stroke began, and how much of each it has covered. */
  let before = pixels;
  let covered = new Float32Array();
  /** @type {Colour} */
  let ink = [];
  let tip = TIPS.pixel;
  let last = [0, 0];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let past = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let future = [];

  /**
   * @param {number} i
   * @param {number} j
   */
  const at = (i, j) => (j * self.width + i) * self.channels;
  /**
   * A place, and its mirror image where there is one.
   * @param {number} x
   * @param {number} width
   */
  const sides = (x, width) => (self.mirror ? [x, width - x] : [x]);

  /**
   * @param {number} x
   * @param {number} y
   */
  function stamp(x, y) {
    for (const place of sides(x, self.width))
      for (let j = Math.floor(y) - tip.reach; j <= Math.floor(y) + tip.reach; j++)
        for (let i = Math.floor(place) - tip.reach; i <= Math.floor(place) + tip.reach; i++) {
          if (!self.inside(i, j)) continue;
          const n = j * self.width + i;
          const cover = tip.cover(i, j, place, y);
          if (cover <= covered[n]) continue; // a stroke covers a pixel once, however often it passes
          covered[n] = cover;
          for (let c = 0; c < self.channels; c++)
            pixels[n * self.channels + c] = Math.round((1 - cover) * before[n * self.channels + c] + cover * ink[c]);
        }
  }

  /**
   * Whatever `change` does to the pixels can be undone; true if it did anything.
   * @param {() => void} change
   */
  function edit(change) {
    const was = pixels.slice();
    change();
    return keep(was);
  }
  /** @param {Uint8Array<ArrayBuffer>} was */
  function keep(was) {
    if (was.length === pixels.length && was.every((value, k) => value === pixels[k])) return false;
    past.push(was);
    if (past.length > UNDO_STEPS) past.shift();
    future = [];
    return true;
  }
  /**
   * @param {Uint8Array<ArrayBuffer>[]} from
   * @param {Uint8Array<ArrayBuffer>[]} to
   */
  function travel(from, to) {
    const next = from.pop();
    if (!next) return false;
    to.push(pixels);
    pixels = next;
    return true;
  }

  const self = {
    width: 0,
    height: 0,
    channels: 3,
    ground: 255,
    mirror: false,
    /**
     * @param {number} i
     * @param {number} j
     */
    inside: (i, j) => i >= 0 && j >= 0 && i < self.width && j < self.height,
    pixels: () => pixels,
    /**
     * @param {number} i
     * @param {number} j
     * @returns {Colour}
     */
    colour: (i, j) => [...pixels.subarray(at(i, j), at(i, j) + self.channels)],
    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,
    undo: () => travel(past, future),
    redo: () => travel(future, past),
    /**
     * Another picture from outside; one of the same size can be undone.
     * @param {EditorHeader} header
     * @param {Uint8Array<ArrayBuffer>} next
     */
    load({ shape: [height, width, channels], ground }, next) {
      const fits = height === self.height && width === self.width && channels === self.channels;
      Object.assign(self, { height, width, channels, ground });
      const size = height * width * channels;
      const wanted = next.length === size ? next : new Uint8Array(size).fill(ground);
      if (!fits) [past, future, pixels] = [[], [], wanted];
      else
        edit(() => {
          pixels = wanted;
        });
    },
    /**
     * @param {number} x
     * @param {number} y
     * @param {Colour} colour
     * @param {keyof typeof TIPS} tipName
     */
    begin(x, y, colour, tipName) {
      [before, covered, ink] = [pixels.slice(), new Float32Array(self.width * self.height), colour];
      tip = TIPS[tipName];
      last = [tip.snap(x), tip.snap(y)];
      self.stroke(x, y);
    },
    /**
     * On from the last point, without gaps.
     * @param {number} toX
     * @param {number} toY
     */
    stroke(toX, toY) {
      const [x, y] = [tip.snap(toX), tip.snap(toY)];
      const [fromX, fromY] = last;
      const count = Math.max(1, Math.ceil(Math.max(Math.abs(x - fromX), Math.abs(y - fromY)) / tip.step));
      for (let k = 1; k <= count; k++) stamp(fromX + ((x - fromX) * k) / count, fromY + ((y - fromY) * k) / count);
      last = [x, y];
    },
    end: () => keep(before),
    /**
     * @param {number} x
     * @param {number} y
     * @param {Colour} colour
     */
    fill: (x, y, colour) =>
      edit(() => {
        const near = self.channels === 1 ? 60 : 0; // a soft brush leaves edges that belong to the ground
        for (const column of sides(x, self.width - 1)) {
          const old = self.colour(column, y);
          const done = new Set();
          const open = [[column, y]];
          for (const [i, j] of open) {
            if (!self.inside(i, j) || done.has(at(i, j))) continue;
            if (self.colour(i, j).some((value, c) => Math.abs(value - old[c]) > near)) continue;
            done.add(at(i, j));
            pixels.set(colour, at(i, j));
            open.push([i + 1, j], [i - 1, j], [i, j + 1], [i, j - 1]);
          }
        }
      }),
    /**
     * The picture moved; what leaves on one side comes back on the other.
     * @param {number} right
     * @param {number} down
     */
    move: (right, down) =>
      edit(() => {
        const was = pixels.slice();
        for (let j = 0; j < self.height; j++)
          for (let i = 0; i < self.width; i++) {
            const from = at((i - right + self.width) % self.width, (j - down + self.height) % self.height);
            pixels.set(was.subarray(from, from + self.channels), at(i, j));
          }
      }),
    clear: () => edit(() => pixels.fill(self.ground)),
  };
  return self;
}
