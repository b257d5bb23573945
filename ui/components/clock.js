// What plays: a clock, the faces of its button, and whether the visitor wants things to keep still.

export const PLAY = "M8 5v14l11-7z", PAUSE = "M6 5h4v14H6zM14 5h4v14h-4z";
export const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

/** A clock that runs a place from 0 to 1 and rests at the end before it starts again. */
export function clock({ onPlace, onEnd }) {
  let place = 0, rest = 0, last = 0, running = false;
  const self = { seconds: 4, hold: 1.2, loop: false, running: () => running, start, stop };
  function tick(now) {
    if (!running) return;
    const passed = Math.min(0.1, (now - last) / 1000);
    last = now;
    if (place < 1) onPlace((place = Math.min(1, place + passed / self.seconds)));
    else if (!self.loop) return (stop(), onEnd());
    else if ((rest += passed) > self.hold) [place, rest] = [0, 0];
    requestAnimationFrame(tick);
  }
  function start(from) {
    [place, rest, last, running] = [from >= 1 && !self.loop ? 0 : from, 0, performance.now(), true];
    requestAnimationFrame(tick);
  }
  function stop() {
    running = false;
  }
  return self;
}
