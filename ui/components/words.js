// What is written: texts with gaps, and symbols. Screen readers get words instead of symbols.

/** @import { Content, Kind } from "./types.d.ts" */
import { el, svg } from "./elements.js";

/** @type {(text: string, values: Record<string, string | number>) => string} "t = {t}" with its gaps filled */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (gap, name) => String(values[name] ?? gap));

/** @type {(text: string, symbol: Node) => Content[]} "step {symbol}" with a symbol in its place */
export const phrase = (text, symbol) =>
  text.split("{symbol}").flatMap((part, i) => (i ? [symbol.cloneNode(true), part] : [part]));

/** @type {(...inside: Content[]) => Node} */
export const symbol = (...inside) => el("span", { class: "sym", "aria-hidden": "true" }, ...inside);

/** @type {(base: Content, index?: Content) => Node} math("x", "t") is x_t */
export const math = (base, index) => symbol(base, ...(index ? [el("sub", {}, index)] : []));

/** @type {(text: string) => Node} */
export const upright = (text) => el("span", { class: "n" }, text);

/** @type {(base: string) => Node} */
const hat = (base) => el("span", { class: "hat" }, base);

/** @type {(base: string) => Node} */
export const bar = (base) => el("span", { class: "bar" }, base);

/** @type {(...inside: Content[]) => Node} */
export function root(...inside) {
  const sign = svg("path", { d: "M0 12.5 L2.2 11 L5.6 19 L9.6 0.6 H10" });
  const stretched = svg("svg", { viewBox: "0 0 10 20", preserveAspectRatio: "none" }, sign);
  const radicand = el("span", { class: "radicand" }, ...inside);
  return el("span", { class: "sym root", "aria-hidden": "true" }, stretched, radicand);
}

/** @type {Record<Kind, { color: string, symbol: () => Node }>} */
export const KINDS = {
  xt: { color: "xt", symbol: () => math("x", "t") },
  x0_hat: { color: "prediction", symbol: () => math(hat("x"), upright("0")) },
  eps_hat: { color: "prediction", symbol: () => math(hat("ε")) },
};
