// What the schedule is at t: the curves over t, and the numbers below, looked up and never derived.

/** @import { ScrubberArrays } from "./types.d.ts" */
import { el, svg } from "../elements.js";
import { math, phrase, symbol, upright } from "../words.js";
import { alphaBar } from "./equation.js";

/** @type {(table: Float32Array) => string} a curve through at most 500 points, in a square of 1 by 1 */
function path(table) {
  const last = table.length - 1;
  const stride = Math.max(1, Math.floor(last / 500));
  const points = [];
  for (let t = 0; t < last; t += stride) points.push(`${t / last} ${table[t]}`);
  return `M${points.join("L")}L1 ${table[last]}`;
}

/** The curves of alphas_cumprod and 1 − alphas_cumprod over t, with the marker that moves along them. */
export function curves() {
  const area = svg("path", { class: "area" });
  const kept = svg("path", { class: "kept" });
  const noise = svg("path", { class: "noise" });
  const labels = { kept: el("div", { class: "label x0" }), noise: el("div", { class: "label eps" }) };
  const upwards = svg("g", { transform: "matrix(1 0 0 -1 0 1)" }, area, noise, kept);
  const node = el(
    "div",
    { class: "curves" },
    svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }, upwards),
    el("div", { class: "marker" }),
    labels.kept,
    labels.noise,
    el("div", { class: "dot kept" }),
    el("div", { class: "dot noise" }),
  );
  return {
    node,
    /** @type {(arrays: ScrubberArrays, strings: Record<string, string>) => void} */
    show({ alphas_cumprod, one_minus_alphas_cumprod }, strings) {
      kept.setAttribute("d", path(alphas_cumprod));
      area.setAttribute("d", `${path(alphas_cumprod)}V0H0Z`);
      noise.setAttribute("d", path(one_minus_alphas_cumprod));
      labels.kept.replaceChildren(...phrase(strings.curve_kept, alphaBar()));
      labels.noise.replaceChildren(...phrase(strings.curve_noise, symbol(upright("1 − "), alphaBar())));
    },
    /** @type {(...places: number[]) => void} of the marker and of the two curves there, 0 to 1 */
    at(...places) {
      for (const [i, name] of ["--at", "--kept", "--noise"].entries()) node.style.setProperty(name, String(places[i]));
    },
  };
}

export function cards() {
  const names = ["t", "alphas_cumprod", "sigma", "snr"];
  const rows = names.map((name) => ({ term: el("dt"), value: el("dd", { class: name }) }));
  const node = el("dl", { class: "cards" }, ...rows.map(({ term, value }) => el("div", {}, term, value)));
  return {
    node,
    /** @type {(strings: Record<string, string>) => void} */
    label(strings) {
      const symbols = [math("t"), alphaBar(), math("σ"), math("")];
      for (const [i, { term }] of rows.entries())
        term.replaceChildren(...phrase(strings[`card_${names[i]}`], symbols[i]));
    },
    /** @type {(...texts: string[]) => void} */
    set(...texts) {
      for (const [i, { value }] of rows.entries()) value.textContent = texts[i];
    },
  };
}
