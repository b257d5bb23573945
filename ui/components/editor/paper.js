// What is drawn on: pixels, strokes that cover them, and all that was there before.

import { clamp } from "../common.js";

const UNDO_STEPS = 200;
export const encode = (pixels) => btoa(String.fromCharCode(...pixels));
export const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** How much of the pixel (i, j) a tip at (x, y), in pixels, covers: all or nothing of one, or softly of several. */
const TIPS = {
  pixel: { reach: 0, step: 1, cover: () => 1, snap: (x) => Math.floor(x) + 0.5 },
  soft: { reach: 2, step: 0.25, cover: (i, j, x, y) => clamp(1.7 - Math.hypot(i + 0.5 - x, j + 0.5 - y), 0, 1), snap: (x) => x },
};

export function paper() {
  let pixels = new Uint8Array(), before = pixels, covered = null, ink = [], tip = TIPS.pixel, last = null;
  let past = [], future = [];
  const self = { width: 0, height: 0, channels: 3, ground: 255, mirror: false };

  const inside = (i, j) => i >= 0 && j >= 0 && i < self.width && j < self.height;
  const at = (i, j) => (j * self.width + i) * self.channels;
  const sides = (x, width) => (self.mirror ? [x, width - x] : [x]);
  const same = (a, b) => a.length === b.length && a.every((value, k) => value === b[k]);

  function stamp(x, y) {
    for (const place of sides(x, self.width))
      for (let j = Math.floor(y) - tip.reach; j <= Math.floor(y) + tip.reach; j++)
        for (let i = Math.floor(place) - tip.reach; i <= Math.floor(place) + tip.reach; i++) {
          if (!inside(i, j)) continue;
          const n = j * self.width + i, cover = tip.cover(i, j, place, y);
          if (cover <= covered[n]) continue; // a stroke covers a pixel once, however often it passes
          covered[n] = cover;
          for (let c = 0; c < self.channels; c++)
            pixels[n * self.channels + c] = Math.round((1 - cover) * before[n * self.channels + c] + cover * ink[c]);
        }
  }

  /** Whatever `change` does to the pixels can be undone; true if it did anything. */
  function edit(change) {
    const was = pixels.slice();
    change();
    return keep(was);
  }
  function keep(was) {
    if (same(was, pixels)) return false;
    past.push(was);
    if (past.length > UNDO_STEPS) past.shift();
    future = [];
    return true;
  }
  function travel(from, to) {
    if (!from.length) return false;
    to.push(pixels);
    pixels = from.pop();
    return true;
  }

  return Object.assign(self, {
    inside,
    pixels: () => pixels,
    colour: (i, j) => [...pixels.subarray(at(i, j), at(i, j) + self.channels)],
    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,
    undo: () => travel(past, future),
    redo: () => travel(future, past),
    /** Another picture from outside; one of the same size can be undone. */
    load({ shape: [height, width, channels], ground }, next) {
      const fits = height === self.height && width === self.width && channels === self.channels;
      Object.assign(self, { height, width, channels, ground });
      const wanted = next.length === height * width * channels ? next : new Uint8Array(height * width * channels).fill(ground);
      if (!fits) [past, future, pixels] = [[], [], wanted];
      else edit(() => (pixels = wanted));
    },
    begin(x, y, colour, tipName) {
      [before, covered, ink, tip, last] = [pixels.slice(), new Float32Array(self.width * self.height), colour, TIPS[tipName], null];
      self.stroke(x, y);
    },
    /** On from the last point, without gaps. */
    stroke(toX, toY) {
      const [x, y] = [tip.snap(toX), tip.snap(toY)];
      const [fromX, fromY] = last ?? [x, y];
      const count = Math.max(1, Math.ceil(Math.max(Math.abs(x - fromX), Math.abs(y - fromY)) / tip.step));
      for (let k = 1; k <= count; k++) stamp(fromX + ((x - fromX) * k) / count, fromY + ((y - fromY) * k) / count);
      last = [x, y];
    },
    end: () => keep(before),
    fill: (x, y, colour) =>
      edit(() => {
        for (const column of sides(x, self.width - 1)) {
          const open = [[column, y]], done = new Set(), old = self.colour(column, y);
          const near = self.channels === 1 ? 60 : 0; // a soft brush leaves edges that belong to the ground
          while (open.length) {
            const [i, j] = open.pop(), n = j * self.width + i;
            if (!inside(i, j) || done.has(n) || self.colour(i, j).some((value, c) => Math.abs(value - old[c]) > near)) continue;
            done.add(n);
            pixels.set(colour, at(i, j));
            open.push([i + 1, j], [i - 1, j], [i, j + 1], [i, j - 1]);
          }
        }
      }),
    /** The picture moved; what leaves on one side comes back on the other. */
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
