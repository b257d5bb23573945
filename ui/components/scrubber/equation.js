// The row of pictures, or of clouds: a · x0 + b · ε = result.

/** @import { Cloud } from "../cloud.js" */
/** @import { Picture } from "../elements.js" */
/** @import { Scale, ScrubberBlob } from "./types.d.ts" */
import { el, snap } from "../elements.js";
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

/** @param {(color: string) => Picture | Cloud} make picture or cloud */
export function equation(make) {
  const pictures = { x0: make("x0"), eps: make("eps"), result: make("xt") };
  const factors = { a: el("div", { class: "factor x0" }), b: el("div", { class: "factor eps" }) };
  const values = { a: el("b"), b: el("b") };
  /**
   * @param {string} sign
   * @param {string} name
   */
  const operator = (sign, name) => el("div", { class: `operator ${name}`, "aria-hidden": "true" }, sign);
  for (const [name, { node }] of Object.entries(pictures)) node.classList.add(`of-${name}`);
  const node = el(
    "div",
    { class: "equation" },
    factors.a,
    pictures.x0.node,
    operator("+", "plus"),
    factors.b,
    pictures.eps.node,
    operator("=", "equals"),
    pictures.result.node,
  );
  return {
    node,
    make,
    /**
     * What is drawn, and what it is called.
     * @param {ScrubberBlob} blob
     * @param {Scale} view
     */
    show({ header, arrays }, view) {
      for (const one of Object.values(pictures)) {
        if (!("classes" in one)) one.resize(header.shape[0], header.shape[1]);
        else if (arrays.labels && header.extent) one.classes(arrays.labels, header.extent);
      }
      pictures.x0.canvas.setAttribute("aria-label", header.strings.alt_x0);
      pictures.eps.canvas.setAttribute("aria-label", header.strings.alt_eps);
      this.label(view, header.strings);
    },
    /**
     * @param {Scale} view
     * @param {Record<string, string>} strings
     */
    label(view, strings) {
      const scaled = view === "denoised_scale";
      const index = () => el("sub", {}, "t");
      factors.a.replaceChildren(scaled ? symbol(upright("1")) : root(bar("α"), index()), values.a);
      factors.b.replaceChildren(scaled ? math("σ") : root(upright("1 − "), bar("α"), index()), values.b);
      values.a.hidden = scaled;
      pictures.x0.caption.replaceChildren(x0Symbol(), " ", strings.x0);
      pictures.eps.caption.replaceChildren(math("ε"), " ", strings.eps);
      pictures.result.caption.replaceChildren(
        ...(scaled ? scaledSymbol() : [math("x", "t")]),
        " ",
        scaled ? strings.result_scaled : strings.result,
        el("span", { class: "hush" }, strings.clipped),
      );
    },
    /**
     * The result at t, with its factors.
     * @param {ScrubberBlob} blob
     * @param {Scale} view
     * @param {number} t
     * @param {string} alt
     */
    draw({ header, arrays }, view, t, alt) {
      const { a, b } = FACTORS[view];
      pictures.result.mix(arrays.x0, arrays.eps, arrays[a][t], arrays[b][t], header.shape[2]);
      pictures.result.canvas.setAttribute("aria-label", alt);
      values.a.textContent = number(arrays[a][t], false);
      values.b.textContent = number(view === "xt" ? arrays[b][t] : arrays.sigma[t], false);
    },
    /**
     * Lay out for a width, and draw what does not change with t.
     * @param {ScrubberBlob} blob
     * @param {number} width
     */
    fit({ header, arrays }, width) {
      const [, columns, channels] = header.shape;
      const large = width < 600 ? width * 0.43 : Math.min(clamp(window.innerHeight * 0.3, 160, 336), width * 0.28);
      const small = width < 600 ? width * 0.225 : large * 0.65;
      for (const [name, one] of Object.entries(pictures)) {
        const size = snap(name === "result" ? large : small, columns);
        if ("classes" in one) one.resize(size);
        else one.node.style.setProperty("--size", `${size}px`);
      }
      pictures.x0.mix(arrays.x0, arrays.eps, 1, 0, channels);
      pictures.eps.mix(arrays.x0, arrays.eps, 0, 1, channels);
    },
  };
}
