// A contact sheet: pictures in rows, one of them picked by click or arrow keys.

import { clamp, el, fill, mount, picture, snap } from "../common.js";

function build(host, report) {
  let blob, picked = 0, cells = [];
  const list = el("div", { class: "rows", role: "listbox" });
  host.append(list);

  function pick(k, focus) {
    picked = clamp(k, 0, cells.length - 1);
    cells.forEach((cell, i) => {
      cell.setAttribute("aria-selected", i === picked);
      cell.tabIndex = i === picked ? 0 : -1;
    });
    if (focus) cells[picked].focus();
  }
  /** The picture that lies nearest above (-1) or below (1) in another line. */
  function beside(direction) {
    const from = cells[picked].getBoundingClientRect();
    let best = picked, least = Infinity;
    cells.forEach((cell, i) => {
      const box = cell.getBoundingClientRect(), down = direction * (box.top - from.top);
      const far = down * 1000 + Math.abs(box.left - from.left);
      if (down > 1 && far < least) [best, least] = [i, far];
    });
    return best;
  }
  function option(images, k, label) {
    const { shape: [, height, width, channels], strings } = blob.header;
    const one = picture(null);
    one.resize(height, width);
    one.show(images, k * height * width * channels, channels);
    const said = fill(strings.picture, { label, k: k + 1 });
    return el("div", { class: "cell", role: "option", "aria-label": said, title: said, "data-k": k }, one.canvas);
  }
  function row({ num, label, note, share }, first, images) {
    const strip = el("div", { class: "strip" }, ...Array.from({ length: num }, (_, i) => option(images, first + i, label)));
    if (!label) return strip;
    const head = el("div", { class: "head" }, el("b", { title: label }, label), el("span", {}, note),
      el("i", { class: "bar-of", style: `--share: ${share}` }));
    return el("div", { class: "row" }, head, strip);
  }
  function fit() {
    host.style.setProperty("--size", `${snap(blob.header.size, blob.header.shape[2])}px`);
  }
  const observer = new ResizeObserver(() => blob && fit());
  observer.observe(host);

  list.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (!cell) return;
    pick(Number(cell.dataset.k), true);
    report.now();
  });
  list.addEventListener("keydown", (event) => {
    const to = {
      ArrowLeft: () => picked - 1, ArrowRight: () => picked + 1, ArrowUp: () => beside(-1), ArrowDown: () => beside(1),
      Home: () => 0, End: () => cells.length - 1,
    }[event.key];
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    pick(to(), true);
    report.soon();
  });

  return {
    show(next, position) {
      const focused = list.contains(host.getRootNode().activeElement);
      blob = next;
      const { rows, strings, gap } = blob.header;
      let first = 0;
      list.setAttribute("aria-label", strings.sheet);
      list.replaceChildren(...rows.map((each) => row(each, (first += each.num) - each.num, blob.arrays.images)));
      cells = [...list.querySelectorAll(".cell")];
      host.style.setProperty("--gap", `${gap}px`);
      fit();
      pick(position.picture, focused);
      host.dataset.draws = Number(host.dataset.draws) + 1;
    },
    position: () => ({ picture: picked }),
    stop: () => observer.disconnect(),
  };
}

export default (component) => mount(component, "sheet", build);
