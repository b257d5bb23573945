// What is drawn on: pixels, strokes that cover them, and all that was there before.

/** @import { Colour, EditorHeader, Tip } from "./types.d.ts" */
import { clamp } from "../numbers.js";

const UNDO_STEPS = 200;

/** @type {(pixels: Uint8Array) => string} */
export const encode = (pixels) => btoa(String.fromCharCode(...pixels));

/** @type {(text: string) => Uint8Array<ArrayBuffer>} */
export const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @type {Record<"pixel" | "soft", Tip>} all or nothing of one pixel, or, in grey, softly of several */
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

  const self = { width: 0, height: 0, channels: 3, ground: 255, mirror: false };
  /** @type {(i: number, j: number) => boolean} */
  const inside = (i, j) => i >= 0 && j >= 0 && i < self.width && j < self.height;
  /** @type {(i: number, j: number) => number} */
  const at = (i, j) => (j * self.width + i) * self.channels;
  /** @type {(i: number, j: number) => Colour} */
  const colourAt = (i, j) => [...pixels.subarray(at(i, j), at(i, j) + self.channels)];
  /** @type {(x: number, width: number) => number[]} a place, and its mirror image where there is one */
  const sides = (x, width) => (self.mirror ? [x, width - x] : [x]);

  /** @type {(x: number, y: number) => void} */
  function stamp(x, y) {
    for (const place of sides(x, self.width))
      for (let j = Math.floor(y) - tip.reach; j <= Math.floor(y) + tip.reach; j++)
        for (let i = Math.floor(place) - tip.reach; i <= Math.floor(place) + tip.reach; i++) {
          if (!inside(i, j)) continue;
          const n = j * self.width + i;
          const cover = tip.cover(i, j, place, y);
          if (cover <= covered[n]) continue; // a stroke covers a pixel once, however often it passes
          covered[n] = cover;
          for (let c = 0; c < self.channels; c++)
            pixels[n * self.channels + c] = Math.round((1 - cover) * before[n * self.channels + c] + cover * ink[c]);
        }
  }

  /** @type {(change: () => void) => boolean} what it does to the pixels can be undone; true if it did anything */
  function edit(change) {
    const was = pixels.slice();
    change();
    return keep(was);
  }
  /** @type {(was: Uint8Array<ArrayBuffer>) => boolean} */
  function keep(was) {
    if (was.length === pixels.length && was.every((value, k) => value === pixels[k])) return false;
    past.push(was);
    if (past.length > UNDO_STEPS) past.shift();
    future = [];
    return true;
  }
  /** @type {(from: Uint8Array<ArrayBuffer>[], to: Uint8Array<ArrayBuffer>[]) => boolean} */
  function travel(from, to) {
    const next = from.pop();
    if (!next) return false;
    to.push(pixels);
    pixels = next;
    return true;
  }

  /** @type {(toX: number, toY: number) => void} on from the last point, without gaps */
  function stroke(toX, toY) {
    const [x, y] = [tip.snap(toX), tip.snap(toY)];
    const [fromX, fromY] = last;
    const count = Math.max(1, Math.ceil(Math.max(Math.abs(x - fromX), Math.abs(y - fromY)) / tip.step));
    for (let k = 1; k <= count; k++) stamp(fromX + ((x - fromX) * k) / count, fromY + ((y - fromY) * k) / count);
    last = [x, y];
  }

  return Object.assign(self, {
    inside,
    pixels: () => pixels,
    colour: colourAt,
    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,
    undo: () => travel(past, future),
    redo: () => travel(future, past),
    // Another picture from outside; one of the same size can be undone.
    /** @type {(header: EditorHeader, next: Uint8Array<ArrayBuffer>) => void} */
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
    /** @type {(x: number, y: number, colour: Colour) => void} */
    begin(x, y, colour) {
      [before, covered, ink] = [pixels.slice(), new Float32Array(self.width * self.height), colour];
      tip = self.channels === 1 ? TIPS.soft : TIPS.pixel;
      last = [tip.snap(x), tip.snap(y)];
      stroke(x, y);
    },
    stroke,
    end: () => keep(before),
    /** @type {(x: number, y: number, colour: Colour) => boolean} */
    fill: (x, y, colour) =>
      edit(() => {
        const near = self.channels === 1 ? 60 : 0; // a soft brush leaves edges that belong to the ground
        for (const column of sides(x, self.width - 1)) {
          const old = colourAt(column, y);
          const done = new Set();
          const open = [[column, y]];
          for (const [i, j] of open) {
            if (!inside(i, j) || done.has(at(i, j))) continue;
            if (colourAt(i, j).some((value, c) => Math.abs(value - old[c]) > near)) continue;
            done.add(at(i, j));
            pixels.set(colour, at(i, j));
            open.push([i + 1, j], [i - 1, j], [i, j + 1], [i, j - 1]);
          }
        }
      }),
    /** @type {(right: number, down: number) => boolean} what leaves on one side comes back on the other */
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
  });
}
