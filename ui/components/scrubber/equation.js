// The row of pictures, or of clouds: a · x0 + b · ε = result.

/** @import { Scale, ScrubberBlob } from "./types.d.ts" */
import { cloud } from "../cloud.js";
import { el, picture, snap } from "../elements.js";
import { clamp, number } from "../numbers.js";
import { bar, math, root, symbol, upright } from "../words.js";

export const alphaBar = () => math(bar("α"), "t");
export const x0Symbol = () => math("x", upright("0"));
export const scaledSymbol = () => [math("x", "t"), symbol(upright("/")), root(bar("α"), el("sub", {}, "t"))];

/** @type {Record<Scale, { a: "sqrt_alphas_cumprod" | "one", b: "sqrt_one_minus_alphas_cumprod" | "two_sigma" }>} */
const FACTORS = {
  xt: { a: "sqrt_alphas_cumprod", b: "sqrt_one_minus_alphas_cumprod" },
  denoised_scale: { a: "one", b: "two_sigma" },
};

/** @param {ScrubberBlob} blob */
export function equation({ header, arrays }) {
  const { extent = 1, shape, strings } = header;
  /** @type {(color: string) => ReturnType<typeof picture> | ReturnType<typeof cloud>} */
  const make = (color) => (arrays.labels ? cloud(arrays.labels, extent, color) : picture(shape, color));
  const pictures = { x0: make("x0"), eps: make("eps"), result: make("xt") };
  const factors = { a: el("div", { class: "factor x0" }), b: el("div", { class: "factor eps" }) };
  const values = { a: el("b"), b: el("b") };
  const node = el(
    "div",
    { class: "equation" },
    factors.a,
    pictures.x0.node,
    el("div", { class: "operator plus", "aria-hidden": "true" }, "+"),
    factors.b,
    pictures.eps.node,
    el("div", { class: "operator equals", "aria-hidden": "true" }, "="),
    pictures.result.node,
  );
  for (const [name, one] of Object.entries(pictures)) one.node.classList.add(`of-${name}`);
  pictures.x0.canvas.setAttribute("aria-label", strings.alt_x0);
  pictures.x0.caption.append(x0Symbol(), " ", strings.x0);
  pictures.eps.canvas.setAttribute("aria-label", strings.alt_eps);
  pictures.eps.caption.append(math("ε"), " ", strings.eps);
  return {
    node,
    /** @type {(view: Scale) => void} */
    label(view) {
      const scaled = view === "denoised_scale";
      const index = () => el("sub", {}, "t");
      factors.a.replaceChildren(scaled ? symbol(upright("1")) : root(bar("α"), index()), values.a);
      factors.b.replaceChildren(scaled ? math("σ") : root(upright("1 − "), bar("α"), index()), values.b);
      values.a.hidden = scaled;
      const [symbols, words] = scaled ? [scaledSymbol(), strings.result_scaled] : [[math("x", "t")], strings.result];
      pictures.result.caption.replaceChildren(...symbols, " ", words, el("span", { class: "hush" }, strings.clipped));
    },
    /** @type {(view: Scale, t: number, alt: string) => void} the result at t, with its factors */
    draw(view, t, alt) {
      const { a, b } = FACTORS[view];
      pictures.result.mix(arrays.x0, arrays.eps, arrays[a][t], arrays[b][t]);
      pictures.result.canvas.setAttribute("aria-label", alt);
      values.a.textContent = number(arrays[a][t], false);
      values.b.textContent = number(view === "xt" ? arrays[b][t] : arrays.sigma[t], false);
    },
    /** @type {(width: number) => void} and draws what does not change with t */
    fit(width) {
      const large = width < 600 ? width * 0.43 : Math.min(clamp(window.innerHeight * 0.3, 160, 336), width * 0.28);
      const small = width < 600 ? width * 0.225 : large * 0.65;
      for (const one of [pictures.x0, pictures.eps]) one.resize(snap(small, shape[1]));
      pictures.result.resize(snap(large, shape[1]));
      pictures.x0.mix(arrays.x0, arrays.eps, 1, 0);
      pictures.eps.mix(arrays.x0, arrays.eps, 0, 1);
    },
  };
}
