// Points of the plane on a canvas, in the colours of their classes; x to the right, y upwards.

import { el, pen } from "./elements.js";

const NONE = new Float32Array();

/**
 * A square in a coloured frame that shows the plane from -extent to extent; used like picture().
 * @param {Int32Array} labels the class of each point, -1 for none
 * @param {number} extent
 * @param {string} [color]
 */
export function cloud(labels, extent, color) {
  const canvas = el("canvas", { role: "img" });
  const context = pen(canvas);
  const caption = el("figcaption");
  const swatches = el("span", { hidden: "" }); // hidden, but styled: CSS names the colours, a canvas needs their values
  const style = color && `--color: var(--${color})`;
  const node = el("figure", { class: "picture cloud", style }, canvas, caption, swatches);
  /** @type {(name: string) => HTMLElement} */
  const swatch = (name) => swatches.appendChild(el("span", { style: `color: var(--${name}, currentColor)` }));
  const [ink, truth] = [swatch("ink"), swatch("x0")];
  const groups = [...new Set(labels)].map((label) => ({
    members: [...labels.keys()].filter((i) => labels[i] === label),
    shade: swatch(label < 0 ? "color" : `class-${label % 8}`),
  }));
  const mixed = new Float32Array(2 * labels.length);
  let side = 0;
  /** @type {(value: number) => number} */
  const place = (value) => ((value / extent + 1) * side) / 2;
  const dot = () => Math.max(1.4 * devicePixelRatio, side * 0.0055);
  /** @type {(swatch: HTMLElement) => string} */
  const colourOf = (swatch) => getComputedStyle(swatch).color;

  /** @type {(real: Float32Array) => void} axes through (0, 0), and the real points, faint */
  function ground(real) {
    context.clearRect(0, 0, side, side);
    [context.strokeStyle, context.fillStyle] = [colourOf(ink), colourOf(truth)];
    context.lineWidth = devicePixelRatio;
    context.globalAlpha = 0.14;
    context.beginPath();
    context.moveTo(0, side / 2);
    context.lineTo(side, side / 2);
    context.moveTo(side / 2, 0);
    context.lineTo(side / 2, side);
    context.stroke();
    context.globalAlpha = 0.22;
    const size = 1.5 * dot();
    for (let i = 0; i < real.length; i += 2)
      context.fillRect(place(real[i]) - size / 2, place(-real[i + 1]) - size / 2, size, size);
    context.globalAlpha = 1;
  }
  /** @type {(xy: Float32Array, offset: number) => void} */
  function dots(xy, offset) {
    const radius = dot();
    for (const { members, shade } of groups) {
      context.fillStyle = colourOf(shade);
      context.beginPath();
      for (const i of members) {
        const x = place(xy[offset + 2 * i]);
        const y = place(-xy[offset + 2 * i + 1]);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 7);
      }
      context.fill();
    }
  }
  /** @type {(xy: Float32Array, offsets: number[], most: number) => void} of the first `most` points */
  function ways(xy, offsets, most) {
    context.lineWidth = devicePixelRatio;
    context.globalAlpha = 0.4;
    for (const { members, shade } of groups) {
      context.strokeStyle = colourOf(shade);
      context.beginPath();
      for (const i of members.filter((i) => i < most))
        for (const [step, from] of offsets.entries())
          context[step ? "lineTo" : "moveTo"](place(xy[from + 2 * i]), place(-xy[from + 2 * i + 1]));
      context.stroke();
    }
    context.globalAlpha = 1;
  }
  // The places that begin at xy[offset], over the real points; paths: offsets into xy, the way so far.
  /** @type {(xy: Float32Array, offset: number, real: Float32Array, paths?: number[], most?: number) => void} */
  function show(xy, offset, real, paths = [], most = 0) {
    ground(real);
    if (paths.length > 1) ways(xy, paths, most);
    dots(xy, offset);
  }
  return {
    node,
    canvas,
    caption,
    show,
    /** @type {(size: number) => void} its width in CSS pixels */
    resize(size) {
      side = Math.max(1, Math.round(size * devicePixelRatio));
      if (canvas.width !== side) [canvas.width, canvas.height] = [side, side];
      node.style.setProperty("--size", `${size}px`);
    },
    /** @type {(x0: Float32Array, eps: Float32Array, a: number, b: number) => void} over x0 where it is a mixture */
    mix(x0, eps, a, b) {
      for (let i = 0; i < x0.length; i++) mixed[i] = a * x0[i] + b * eps[i];
      show(mixed, 0, a && b ? x0 : NONE);
    },
  };
}

/** @typedef {ReturnType<typeof cloud>} Cloud */
