// What an exhibit is made of: elements, icons, and pictures whose pixels stay squares.
// Only one formula is computed in the browser: a * x0 + b * eps. Every number shown is looked up in a table it was sent.

/** @import { Content } from "./types.d.ts" */

/**
 * Make an element; an attribute that is null is left out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null | undefined>} attributes
 * @param {Content[]} children
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {Node[]} children
 */
export function svg(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** @param {string} path */
export const icon = (path) =>
  svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" }, svg("path", { d: path }));

/**
 * What draws on a canvas.
 * @param {HTMLCanvasElement} canvas
 */
export const pen = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/**
 * A small canvas in a coloured frame; CSS scales it, each of its pixels stays a square.
 * @param {string | null} color
 * @param {Content[]} words
 */
export function picture(color, ...words) {
  const canvas = el("canvas", { role: "img" });
  const caption = el("figcaption", {}, ...words);
  const node = el("figure", { class: "picture", style: color && `--color: var(--${color})` }, canvas, caption);
  const context = pen(canvas);
  /** @type {ImageData} */
  let image;
  return {
    node,
    canvas,
    caption,
    /**
     * Comes first.
     * @param {number} height
     * @param {number} width
     */
    resize(height, width) {
      if (image?.height === height && image.width === width) return;
      [canvas.height, canvas.width] = [height, width];
      image = context.createImageData(width, height);
      image.data.fill(255);
    },
    /**
     * a * x0 + b * eps, pixels in [-1, 1]; the clamped array clips what lies outside.
     * @param {Float32Array} x0
     * @param {Float32Array} eps
     * @param {number} a
     * @param {number} b
     * @param {number} channels
     */
    mix(x0, eps, a, b, channels) {
      const pixels = image.data;
      for (let i = 0, j = 0; i < pixels.length; i += 4, j += channels)
        for (let c = 0; c < 3; c++) {
          const k = channels === 1 ? j : j + c;
          pixels[i + c] = (a * x0[k] + b * eps[k] + 1) * 127.5;
        }
      context.putImageData(image, 0, 0);
    },
    /**
     * The picture that begins at bytes[offset].
     * @param {Uint8Array} bytes
     * @param {number} offset
     * @param {number} channels
     */
    show(bytes, offset, channels) {
      const pixels = image.data;
      for (let i = 0, j = offset; i < pixels.length; i += 4, j += channels)
        for (let c = 0; c < 3; c++) pixels[i + c] = bytes[channels === 1 ? j : j + c];
      context.putImageData(image, 0, 0);
    },
  };
}

/** @typedef {ReturnType<typeof picture>} Picture */

/**
 * The largest width up to `wanted` CSS pixels at which each picture element is a whole number of screen pixels.
 * @param {number} wanted
 * @param {number} elements
 */
export function snap(wanted, elements) {
  const ratio = window.devicePixelRatio || 1;
  return (Math.max(1, Math.floor((wanted * ratio) / elements)) * elements) / ratio;
}
