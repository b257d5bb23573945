// Points of the plane on a canvas, in the colours of their classes; x to the right, y upwards.

import { el } from "./common.js";

/**
 * A square in a coloured frame that shows the plane from -extent to extent. Like picture(): node, canvas, caption, and
 * mix(x0, eps, a, b); show() draws places that were computed before. labels: a class for each point, -1 for none.
 */
export function cloud(color, ...caption) {
  const canvas = el("canvas", { role: "img" });
  const context = canvas.getContext("2d");
  const swatches = el("span", { hidden: "" }); // hidden, but styled: CSS names the colours, a canvas needs their values
  const node = el("figure", { class: "picture cloud", style: color && `--color: var(--${color})` }, canvas, el("figcaption", {}, ...caption), swatches);
  const ink = el("span", { style: "color: var(--ink)" }), truth = el("span", { style: "color: var(--x0)" });
  let side = 0, extent = 2, groups = [], mixed;
  const place = (value) => (value / extent + 1) * side / 2;
  const dot = () => Math.max(1.4 * devicePixelRatio, side * 0.0055);

  const colourOf = (swatch) => getComputedStyle(swatch).color;
  const colours = () => groups.map(({ swatch }) => colourOf(swatch));
  /** Axes through (0, 0), and the real points, faint. */
  function ground(real) {
    context.clearRect(0, 0, side, side);
    [context.strokeStyle, context.fillStyle] = [colourOf(ink), colourOf(truth)];
    context.lineWidth = devicePixelRatio;
    context.globalAlpha = 0.14;
    context.beginPath();
    for (const [x1, y1, x2, y2] of [[0, side / 2, side, side / 2], [side / 2, 0, side / 2, side]]) context.moveTo(x1, y1), context.lineTo(x2, y2);
    context.stroke();
    context.globalAlpha = 0.22;
    const size = 1.5 * dot();
    for (let i = 0; i < real.length; i += 2) context.fillRect(place(real[i]) - size / 2, place(-real[i + 1]) - size / 2, size, size);
    context.globalAlpha = 1;
  }
  function dots(xy, offset) {
    const radius = dot(), shades = colours();
    groups.forEach(({ members }, k) => {
      context.fillStyle = shades[k];
      context.beginPath();
      for (const i of members) {
        const x = place(xy[offset + 2 * i]), y = place(-xy[offset + 2 * i + 1]);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 7);
      }
      context.fill();
    });
  }
  return {
    node, canvas, caption: node.querySelector("figcaption"),
    /** Which class each point has, and how much of the plane is shown. */
    classes(labels, reach) {
      extent = reach;
      const members = new Map();
      labels.forEach((label, i) => members.get(label)?.push(i) ?? members.set(label, [i]));
      groups = [...members].map(([label, its]) => ({
        members: its, swatch: el("span", { style: `color: var(--${label < 0 ? "color" : `class-${label % 8}`}, currentColor)` }) }));
      swatches.replaceChildren(ink, truth, ...groups.map(({ swatch }) => swatch));
    },
    resize(size) {
      side = Math.max(1, Math.round(size * devicePixelRatio));
      if (canvas.width !== side) canvas.width = canvas.height = side;
      node.style.setProperty("--size", `${size}px`);
    },
    /** The places that begin at xy[offset], over the real points; paths: a list of offsets into xy, the way so far. */
    show(xy, offset, real, paths = [], most = 0) {
      ground(real);
      if (paths.length > 1) {
        const shades = colours();
        context.lineWidth = devicePixelRatio;
        context.globalAlpha = 0.4;
        groups.forEach(({ members }, k) => {
          context.strokeStyle = shades[k];
          context.beginPath();
          for (const i of members) {
            if (i >= most) break;
            paths.forEach((from, step) => context[step ? "lineTo" : "moveTo"](place(xy[from + 2 * i]), place(-xy[from + 2 * i + 1])));
          }
          context.stroke();
        });
        context.globalAlpha = 1;
      }
      dots(xy, offset);
    },
    /** a * x0 + b * eps, over x0 where it is a mixture. */
    mix(x0, eps, a, b) {
      if (mixed?.length !== x0.length) mixed = new Float32Array(x0.length);
      for (let i = 0; i < x0.length; i++) mixed[i] = a * x0[i] + b * eps[i];
      this.show(mixed, 0, a && b ? x0 : []);
    },
  };
}
