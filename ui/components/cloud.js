// Points of the plane on a canvas, in the colours of their classes; x to the right, y upwards.

/** @import { Content } from "./types.d.ts" */
import { el, pen } from "./elements.js";

const NONE = new Float32Array();

/**
 * A square in a coloured frame that shows the plane from -extent to extent. Like picture(): node, canvas, caption, and
 * mix(x0, eps, a, b); show() draws places that were computed before.
 * @param {string | null} color
 * @param {Content[]} words
 */
export function cloud(color, ...words) {
  const canvas = el("canvas", { role: "img" });
  const context = pen(canvas);
  const swatches = el("span", { hidden: "" }); // hidden, but styled: CSS names the colours, a canvas needs their values
  const caption = el("figcaption", {}, ...words);
  const style = color && `--color: var(--${color})`;
  const node = el("figure", { class: "picture cloud", style }, canvas, caption, swatches);
  const ink = el("span", { style: "color: var(--ink)" });
  const truth = el("span", { style: "color: var(--x0)" });
  let side = 0;
  let extent = 2;
  /** @type {{ members: number[], swatch: HTMLElement }[]} */
  let groups = [];
  let mixed = NONE;
  /** @param {number} value */
  const place = (value) => ((value / extent + 1) * side) / 2;
  const dot = () => Math.max(1.4 * devicePixelRatio, side * 0.0055);
  /** @param {HTMLElement} swatch */
  const colourOf = (swatch) => getComputedStyle(swatch).color;
  const colours = () => groups.map(({ swatch }) => colourOf(swatch));

  /**
   * Axes through (0, 0), and the real points, faint.
   * @param {Float32Array} real
   */
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
  /**
   * @param {Float32Array} xy
   * @param {number} offset
   */
  function dots(xy, offset) {
    const radius = dot();
    const shades = colours();
    groups.forEach(({ members }, k) => {
      context.fillStyle = shades[k];
      context.beginPath();
      for (const i of members) {
        const x = place(xy[offset + 2 * i]);
        const y = place(-xy[offset + 2 * i + 1]);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 7);
      }
      context.fill();
    });
  }
  /**
   * The ways of the first `most` points.
   * @param {Float32Array} xy
   * @param {number[]} offsets
   * @param {number} most
   */
  function ways(xy, offsets, most) {
    const shades = colours();
    context.lineWidth = devicePixelRatio;
    context.globalAlpha = 0.4;
    groups.forEach(({ members }, k) => {
      context.strokeStyle = shades[k];
      context.beginPath();
      for (const i of members) {
        if (i >= most) break;
        offsets.forEach((from, step) => {
          context[step ? "lineTo" : "moveTo"](place(xy[from + 2 * i]), place(-xy[from + 2 * i + 1]));
        });
      }
      context.stroke();
    });
    context.globalAlpha = 1;
  }
  return {
    node,
    canvas,
    caption,
    /**
     * Which class each point has, -1 for none, and how much of the plane is shown.
     * @param {Int32Array} labels
     * @param {number} reach
     */
    classes(labels, reach) {
      extent = reach;
      /** @type {Map<number, number[]>} */
      const members = new Map();
      labels.forEach((label, i) => {
        const its = members.get(label);
        if (its) its.push(i);
        else members.set(label, [i]);
      });
      groups = [...members].map(([label, its]) => {
        const name = label < 0 ? "color" : `class-${label % 8}`;
        return { members: its, swatch: el("span", { style: `color: var(--${name}, currentColor)` }) };
      });
      swatches.replaceChildren(ink, truth, ...groups.map(({ swatch }) => swatch));
    },
    /** @param {number} size */
    resize(size) {
      side = Math.max(1, Math.round(size * devicePixelRatio));
      if (canvas.width !== side) [canvas.width, canvas.height] = [side, side];
      node.style.setProperty("--size", `${size}px`);
    },
    /**
     * The places that begin at xy[offset], over the real points; paths: offsets into xy, the way so far.
     * @param {Float32Array} xy
     * @param {number} offset
     * @param {Float32Array} real
     * @param {number[]} paths
     * @param {number} most
     */
    show(xy, offset, real, paths = [], most = 0) {
      ground(real);
      if (paths.length > 1) ways(xy, paths, most);
      dots(xy, offset);
    },
    /**
     * a * x0 + b * eps, over x0 where it is a mixture.
     * @param {Float32Array} x0
     * @param {Float32Array} eps
     * @param {number} a
     * @param {number} b
     */
    mix(x0, eps, a, b) {
      if (mixed.length !== x0.length) mixed = new Float32Array(x0.length);
      for (let i = 0; i < x0.length; i++) mixed[i] = a * x0[i] + b * eps[i];
      this.show(mixed, 0, a && b ? x0 : NONE);
    },
  };
}

/** @typedef {ReturnType<typeof cloud>} Cloud */
