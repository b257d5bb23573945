// What plays: a clock, the faces of its button, and whether the visitor wants things to keep still.

import { icon } from "./elements.js";

const PLAY = "M8 5v14l11-7z";
const PAUSE = "M6 5h4v14H6zM14 5h4v14h-4z";
export const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

/**
 * What the button shows, and is called: what a click would do.
 * @param {HTMLElement} button
 * @param {boolean} running
 * @param {Record<string, string>} strings
 */
export function face(button, running, strings) {
  button.replaceChildren(icon(running ? PAUSE : PLAY));
  button.title = running ? strings.pause : strings.play;
  button.setAttribute("aria-label", button.title);
}

/**
 * A clock that runs a place from 0 to 1 and rests at the end before it starts again.
 * @param {{ onPlace: (place: number) => void, onEnd: () => void }} listeners
 */
export function clock({ onPlace, onEnd }) {
  let place = 0;
  let rest = 0;
  let last = 0;
  let running = false;
  const self = { seconds: 4, hold: 1.2, loop: false, running: () => running, start, stop };
  /** @param {number} now */
  function tick(now) {
    if (!running) return;
    const passed = Math.min(0.1, (now - last) / 1000);
    last = now;
    if (place < 1) {
      place = Math.min(1, place + passed / self.seconds);
      onPlace(place);
    } else if (!self.loop) {
      stop();
      onEnd();
      return;
    } else {
      rest += passed;
      if (rest > self.hold) [place, rest] = [0, 0];
    }
    requestAnimationFrame(tick);
  }
  /** @param {number} from */
  function start(from) {
    [place, rest, last, running] = [from >= 1 && !self.loop ? 0 : from, 0, performance.now(), true];
    requestAnimationFrame(tick);
  }
  function stop() {
    running = false;
  }
  return self;
}
