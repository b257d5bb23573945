// Numbers: kept within bounds, found in a list, and written.

/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** @type {(list: number[], value: number) => number} the place of what is nearest to `value`; the first of equals */
export const nearest = (list, value) =>
  list.reduce((best, x, i) => (Math.abs(x - value) < Math.abs(list[best] - value) ? i : best), 0);

/** @type {(value: number, powers?: boolean) => string} three digits or so; powers of ten for the very large and small */
export function number(value, powers = true) {
  const size = Math.abs(value);
  if (size === Infinity) return "∞";
  if (size === 0) return "0";
  if (powers && (size < 1e-3 || size >= 1e4)) {
    const [digits, power] = value.toExponential(1).split("e");
    const raised = [...String(Number(power))].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]));
    return `${digits}×10${raised.join("")}`;
  }
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}
