// What t does to a picture: an equation of pictures over alphas_cumprod's curve, whose x axis is the slider.

import { bar, clamp, drawer, el, fill, math, mount, number, phrase, picture, root, snap, svg, upright } from "../common.js";
import { segmented, slider, ticks } from "../controls.js";
import { cloud } from "../cloud.js";

const VIEWS = {
  xt: { a: "sqrt_alphas_cumprod", b: "sqrt_one_minus_alphas_cumprod" },
  denoised_scale: { a: "one", b: "two_sigma" },
};
const alphaBar = () => math(bar("α"), "t");
const x0Symbol = () => math("x", upright("0"));
const scaledSymbol = () => [math("x", "t"), el("span", { class: "sym", "aria-hidden": "true" }, upright("/")), root(bar("α"), el("sub", {}, "t"))];

/** The row of pictures, or of clouds: a · x0 + b · ε = result. */
function equation(make) {
  const pictures = { x0: make("x0"), eps: make("eps"), result: make("xt") };
  const factors = { a: el("div", { class: "factor x0" }), b: el("div", { class: "factor eps" }) };
  const values = { a: el("b"), b: el("b") };
  const operator = (sign, name) => el("div", { class: `operator ${name}`, "aria-hidden": "true" }, sign);
  for (const [name, { node }] of Object.entries(pictures)) node.classList.add(`of-${name}`);
  const node = el("div", { class: "equation" }, factors.a, pictures.x0.node, operator("+", "plus"), factors.b,
    pictures.eps.node, operator("=", "equals"), pictures.result.node);
  return {
    node, pictures, values, make,
    label(view, strings) {
      const scaled = view === "denoised_scale";
      factors.a.replaceChildren(scaled ? el("span", { class: "sym" }, upright("1")) : root(bar("α"), el("sub", {}, "t")), values.a);
      factors.b.replaceChildren(scaled ? math("σ") : root(upright("1 − "), bar("α"), el("sub", {}, "t")), values.b);
      values.a.hidden = scaled;
      pictures.x0.caption.replaceChildren(x0Symbol(), " ", strings.x0);
      pictures.eps.caption.replaceChildren(math("ε"), " ", strings.eps);
      pictures.result.caption.replaceChildren(...(scaled ? scaledSymbol() : [math("x", "t")]), " ",
        scaled ? strings.result_scaled : strings.result, el("span", { class: "hush" }, strings.clipped));
    },
    fit(width, columns) {
      const tallest = clamp(window.innerHeight * 0.3, 160, 336);
      const [small, large] = width < 600 ? [width * 0.225, width * 0.43] : [Math.min(tallest, width * 0.28) * 0.65, Math.min(tallest, width * 0.28)];
      for (const [name, one] of Object.entries(pictures)) {
        const size = snap(name === "result" ? large : small, columns);
        if (make === cloud) one.resize(size);
        else one.node.style.setProperty("--size", `${size}px`);
      }
    },
  };
}

/** The curves of alphas_cumprod and 1 − alphas_cumprod over t, with the marker that moves along them. */
function curves() {
  const area = svg("path", { class: "area" });
  const kept = svg("path", { class: "kept" });
  const noise = svg("path", { class: "noise" });
  const labels = { kept: el("div", { class: "label x0" }), noise: el("div", { class: "label eps" }) };
  const node = el("div", { class: "curves" },
    svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("g", { transform: "matrix(1 0 0 -1 0 1)" }, area, noise, kept)), // y upwards
    el("div", { class: "marker" }), labels.kept, labels.noise, el("div", { class: "dot kept" }), el("div", { class: "dot noise" }));
  const line = (table) => {
    const last = table.length - 1;
    const stride = Math.max(1, Math.floor(last / 500));
    const points = [];
    for (let t = 0; t < last; t += stride) points.push(`${t / last} ${table[t]}`);
    return `M${points.join("L")}L1 ${table[last]}`;
  };
  return {
    node,
    show(arrays, strings) {
      kept.setAttribute("d", line(arrays.alphas_cumprod));
      area.setAttribute("d", `${line(arrays.alphas_cumprod)}V0H0Z`);
      noise.setAttribute("d", line(arrays.one_minus_alphas_cumprod));
      labels.kept.replaceChildren(...phrase(strings.curve_kept, alphaBar()));
      labels.noise.replaceChildren(...phrase(strings.curve_noise, el("span", { class: "sym", "aria-hidden": "true" }, upright("1 − "), alphaBar())));
    },
    at(place, kept, noise) {
      node.style.setProperty("--at", place);
      node.style.setProperty("--kept", kept);
      node.style.setProperty("--noise", noise);
    },
  };
}

/** The numbers below: looked up, never derived. */
function cards() {
  const names = ["t", "alphas_cumprod", "sigma", "snr"];
  const rows = names.map((name) => ({ term: el("dt"), value: el("dd", { class: name }) }));
  const node = el("dl", { class: "cards" }, ...rows.map(({ term, value }) => el("div", {}, term, value)));
  return {
    node,
    label(strings) {
      const symbols = [math("t"), alphaBar(), math("σ"), math("")];
      rows.forEach(({ term }, i) => term.replaceChildren(...phrase(strings[`card_${names[i]}`], symbols[i])));
    },
    set(...texts) {
      rows.forEach(({ value }, i) => (value.textContent = texts[i]));
    },
  };
}

function build(host, report) {
  let blob, arrays, strings, t = 0, view = "xt", width = 900;
  let row = equation(picture);
  const curve = curves(), numbers = cards(), tTicks = ticks("xt"), sigmaTicks = ticks("eps");
  const surface = el("div", { class: "axis" }, curve.node);
  const sigmaSurface = el("div", { class: "axis sigma" });
  const link = svg("line", { y1: 0, y2: 1 });
  const ask = drawer("scrubber", draw);
  const go = (to, event) => {
    if (to === t && event) return;
    t = to;
    report.hold();
    ask(event);
  };
  const tSlider = slider({ area: surface, color: "xt", onMove: go, onRelease: report.now, onKey: report.soon, next: (step) => t + step });
  const sigmaSlider = slider({
    area: sigmaSurface, color: "eps", onRelease: report.now, onKey: report.soon,
    onMove: (position, event) => go(arrays.nearest_t[position], event),
    next(step) { // on to a position that means another t, else the key would seem dead
      let to = arrays.sigma_position[t] + step;
      while (to > 0 && to < sigmaSlider.max && arrays.nearest_t[to] === t) to += Math.sign(step);
      return to;
    },
  });
  surface.append(tSlider.node, tTicks.node);
  sigmaSurface.append(sigmaSlider.node, sigmaTicks.node);
  const toggle = segmented((value) => {
    view = value;
    row.label(view, strings);
    draw();
    report.soon();
  });
  const bridge = svg("svg", { class: "bridge", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }, link);
  const rest = [el("div", { class: "view" }, toggle.node), el("div", { class: "axes" }, surface, sigmaSurface, bridge), numbers.node];

  function draw() {
    const { shape } = blob.header;
    const { a, b } = VIEWS[view];
    row.pictures.result.mix(arrays.x0, arrays.eps, arrays[a][t], arrays[b][t], shape[2]);
    row.values.a.textContent = number(arrays[a][t], false);
    row.values.b.textContent = number(view === "xt" ? arrays[b][t] : arrays.sigma[t], false);
    const words = { t, sigma: number(arrays.sigma[t]), kept: number(arrays.alphas_cumprod[t]) };
    const place = t / tSlider.max, sigmaPlace = arrays.sigma_place[t];
    tSlider.set(t, fill(strings.value_t, words));
    sigmaSlider.set(arrays.sigma_position[t], fill(strings.value_sigma, words), sigmaPlace);
    curve.at(place, arrays.alphas_cumprod[t], arrays.one_minus_alphas_cumprod[t]);
    tTicks.at(place, [math("t"), ` = ${t}`], width);
    sigmaTicks.at(sigmaPlace, [math("σ"), ` = ${words.sigma}`], width);
    link.setAttribute("x1", place);
    link.setAttribute("x2", sigmaPlace);
    numbers.set(`${t} / ${tSlider.max}`, words.kept, words.sigma, number(arrays.snr[t]));
    row.pictures.result.canvas.setAttribute("aria-label", fill(strings.alt_result, words));
    host.dataset.draws = Number(host.dataset.draws) + 1;
  }

  function fit() {
    width = host.clientWidth || width;
    row.fit(width, blob.header.shape[1]);
    row.pictures.x0.mix(arrays.x0, arrays.eps, 1, 0, blob.header.shape[2]);
    row.pictures.eps.mix(arrays.x0, arrays.eps, 0, 1, blob.header.shape[2]);
  }
  const observer = new ResizeObserver(() => blob && (fit(), arrays.labels && draw()));
  observer.observe(host);

  return {
    show(next, position) {
      blob = next;
      ({ arrays, header: { strings } } = blob);
      const [height, columns] = blob.header.shape;
      const make = arrays.labels ? cloud : picture;
      if (row.make !== make || !host.firstChild) {
        if (row.make !== make) row = equation(make);
        host.replaceChildren(row.node, ...rest);
      }
      tSlider.max = arrays.alphas_cumprod.length - 1;
      sigmaSlider.max = arrays.nearest_t.length - 1;
      t = clamp(position.t, 0, tSlider.max);
      view = position.view in VIEWS ? position.view : "xt";
      for (const one of Object.values(row.pictures))
        if (arrays.labels) one.classes(arrays.labels, blob.header.extent);
        else one.resize(height, columns);
      row.pictures.x0.canvas.setAttribute("aria-label", strings.alt_x0);
      row.pictures.eps.canvas.setAttribute("aria-label", strings.alt_eps);
      row.label(view, strings);
      curve.show(arrays, strings);
      numbers.label(strings);
      tSlider.input.setAttribute("aria-label", strings.slider_t);
      sigmaSlider.input.setAttribute("aria-label", strings.slider_sigma);
      toggle.build(strings.view, [
        { value: "xt", content: [math("x", "t")], label: strings.view_xt, color: "xt" },
        { value: "denoised_scale", label: strings.view_scaled, color: "xt",
          content: [...scaledSymbol(), math("="), x0Symbol(), math("+"), math("σ"), math("ε")] },
      ]);
      toggle.set(view);
      tTicks.show(blob.header.t_ticks);
      sigmaTicks.show(blob.header.sigma_ticks);
      fit();
      draw();
    },
    refresh: () => arrays.labels && requestAnimationFrame(() => (fit(), draw())),
    position: () => ({ t, view }),
    stop: () => observer.disconnect(),
  };
}

export default (component) => mount(component, "scrubber", build);
