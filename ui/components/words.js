// What is written: texts with gaps, and symbols. Screen readers get words instead of symbols.

/** @import { Content, Kind } from "./types.d.ts" */
import { el, svg } from "./elements.js";

/**
 * "t = {t}" with its gaps filled.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (gap, name) => String(values[name] ?? gap));

/**
 * "step {symbol}" with a symbol in its place.
 * @param {string} text
 * @param {Node} symbol
 * @returns {Content[]}
 */
export const phrase = (text, symbol) =>
  text.split("{symbol}").flatMap((part, i) => (i ? [symbol.cloneNode(true), part] : [part]));

/** @param {Content[]} inside */
export const symbol = (...inside) => el("span", { class: "sym", "aria-hidden": "true" }, ...inside);

/**
 * math("x", "t") is x_t.
 * @param {Content} base
 * @param {Content} [index]
 */
export const math = (base, index) => symbol(base, ...(index ? [el("sub", {}, index)] : []));

/** @param {string} text */
export const upright = (text) => el("span", { class: "n" }, text);

/** @param {string} base */
const hat = (base) => el("span", { class: "hat" }, base);

/** @param {string} base */
export const bar = (base) => el("span", { class: "bar" }, base);

/** @param {Content[]} inside */
export const root = (...inside) =>
  el(
    "span",
    { class: "sym root", "aria-hidden": "true" },
    svg(
      "svg",
      { viewBox: "0 0 10 20", preserveAspectRatio: "none" },
      svg("path", { d: "M0 12.5 L2.2 11 L5.6 19 L9.6 0.6 H10" }),
    ),
    el("span", { class: "radicand" }, ...inside),
  );

/** @type {Record<Kind, { color: string, symbol: () => Node }>} */
export const KINDS = {
  xt: { color: "xt", symbol: () => math("x", "t") },
  x0_hat: { color: "prediction", symbol: () => math(hat("x"), upright("0")) },
  eps_hat: { color: "prediction", symbol: () => math(hat("ε")) },
};
