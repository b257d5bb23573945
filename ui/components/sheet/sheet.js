// A contact sheet: pictures in rows, one of them picked by click or arrow keys.

/** @import { Build } from "../types.d.ts" */
/** @import { Position, Row, SheetBlob } from "./types.d.ts" */
import { consume, isForeign } from "../controls.js";
import { el, picture, snap } from "../elements.js";
import { countDrawing, exhibit } from "../mount.js";
import { clamp } from "../numbers.js";
import { fill } from "../words.js";

/** @type {Build<SheetBlob, Position>} */
function build(host, report) {
  /** @type {SheetBlob} */
  let blob;
  /** @type {HTMLElement[]} */
  let cells = [];
  let picked = 0;
  const list = el("div", { class: "rows", role: "listbox" });
  host.append(list);

  /** @type {(k: number, focus: boolean) => void} */
  function pick(k, focus) {
    picked = clamp(k, 0, cells.length - 1);
    cells.forEach((cell, i) => {
      cell.setAttribute("aria-selected", String(i === picked));
      cell.tabIndex = i === picked ? 0 : -1;
    });
    if (focus) cells[picked].focus();
  }
  /** @type {(direction: number) => number} the picture that lies nearest above (-1) or below (1) in another line */
  function beside(direction) {
    const from = cells[picked].getBoundingClientRect();
    let best = picked;
    let least = Infinity;
    cells.forEach((cell, i) => {
      const box = cell.getBoundingClientRect();
      const down = direction * (box.top - from.top);
      const far = down * 1000 + Math.abs(box.left - from.left);
      if (down > 1 && far < least) [best, least] = [i, far];
    });
    return best;
  }
  /** @type {(label: string) => HTMLElement} the next picture */
  function option(label) {
    const { shape, strings } = blob.header;
    const [, height, width, channels] = shape;
    const k = cells.length;
    const one = picture([height, width, channels]);
    one.show(blob.arrays.images, k * height * width * channels);
    const said = fill(strings.picture, { label, k: k + 1 });
    const cell = el("div", { class: "cell", role: "option", "aria-label": said, title: said, "data-k": k }, one.canvas);
    cell.onclick = () => {
      pick(k, true);
      report.now();
    };
    cells.push(cell);
    return cell;
  }
  /** @type {(row: Row) => HTMLElement} */
  function line({ num, label, note, share }) {
    const strip = el("div", { class: "strip" }, ...Array.from({ length: num }, () => option(label)));
    if (!label) return strip;
    const bar = el("i", { class: "bar-of", style: `--share: ${share}` });
    const head = el("div", { class: "head" }, el("b", { title: label }, label), el("span", {}, note), bar);
    return el("div", { class: "row" }, head, strip);
  }
  function fit() {
    host.style.setProperty("--size", `${snap(blob.header.size, blob.header.shape[2])}px`);
  }
  /** @type {Record<string, () => number>} */
  const goals = {
    ArrowLeft: () => picked - 1,
    ArrowRight: () => picked + 1,
    ArrowUp: () => beside(-1),
    ArrowDown: () => beside(1),
    Home: () => 0,
    End: () => cells.length - 1,
  };
  list.addEventListener("keydown", (event) => {
    if (isForeign(event) || !(event.key in goals)) return;
    consume(event);
    pick(goals[event.key](), true);
    report.soon();
  });

  return {
    show(next, position) {
      const root = /** @type {ShadowRoot | Document} */ (host.getRootNode());
      const focused = list.contains(root.activeElement);
      blob = next;
      const { rows, strings, gap } = blob.header;
      cells = [];
      list.setAttribute("aria-label", strings.sheet);
      list.replaceChildren(...rows.map(line));
      host.style.setProperty("--gap", `${gap}px`);
      fit();
      pick(position.picture, focused);
      countDrawing(host);
    },
    resize: fit,
    position: () => ({ picture: picked }),
  };
}

export default exhibit("sheet", build);
