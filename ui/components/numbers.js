// Numbers: kept within bounds, found in a list, and written.

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * The place in `list` of what is nearest to `value`; the first of equals.
 * @param {number[]} list
 * @param {number} value
 */
export const nearest = (list, value) =>
  list.reduce((best, x, i) => (Math.abs(x - value) < Math.abs(list[best] - value) ? i : best), 0);

/**
 * A number as a reader wants it: three digits or so, powers of ten (if wanted) for the very large and small.
 * @param {number} value
 * @param {boolean} powers
 */
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
