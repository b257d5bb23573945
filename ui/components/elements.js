// What an exhibit is made of: elements, icons, and pictures whose pixels stay squares.
// Only one formula is computed in the browser: a * x0 + b * eps. Every number shown is looked up in a table it was sent.

/** @import { Attributes, Content } from "./types.d.ts" */

/**
 * Make an element; an attribute that is null is left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} attributes
 * @param {Content[]} children
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @type {(tag: string, attributes: Attributes, ...children: Node[]) => SVGElement} */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @type {(path: string) => SVGElement} */
export const icon = (path) =>
  svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, svg("path", { d: path }));

/** @param {HTMLCanvasElement} canvas */
export const pen = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/**
 * A small canvas in a coloured frame; CSS scales it, each of its pixels stays a square.
 * @param {number[]} shape H, W, C
 * @param {string} [color]
 */
export function picture([height, width, channels], color) {
  const canvas = el("canvas", { role: "img", height, width });
  const caption = el("figcaption");
  const node = el("figure", { class: "picture", style: color && `--color: var(--${color})` }, canvas, caption);
  const context = pen(canvas);
  const image = context.createImageData(width, height);
  const pixels = image.data.fill(255);
  /** @type {(valueAt: (k: number) => number) => void} */
  function paint(valueAt) {
    for (let i = 0, j = 0; i < pixels.length; i += 4, j += channels)
      for (let c = 0; c < 3; c++) pixels[i + c] = valueAt(channels === 1 ? j : j + c);
    context.putImageData(image, 0, 0);
  }
  return {
    node,
    canvas,
    caption,
    /** @type {(size: number) => void} its width in CSS pixels */
    resize: (size) => node.style.setProperty("--size", `${size}px`),
    // Pixels in [-1, 1]; the clamped array clips what lies outside.
    /** @type {(x0: Float32Array, eps: Float32Array, a: number, b: number) => void} */
    mix: (x0, eps, a, b) => paint((k) => (a * x0[k] + b * eps[k] + 1) * 127.5),
    /** @type {(bytes: Uint8Array, offset: number) => void} */
    show: (bytes, offset) => paint((k) => bytes[offset + k]),
  };
}

/** @typedef {ReturnType<typeof picture>} Picture */

// The largest width up to `wanted` CSS pixels at which each picture element is a whole number of screen pixels.
/** @type {(wanted: number, elements: number) => number} */
export function snap(wanted, elements) {
  const ratio = window.devicePixelRatio || 1;
  return (Math.max(1, Math.floor((wanted * ratio) / elements)) * elements) / ratio;
}
