import type { Header, Tick, Unpacked } from "../types.d.ts";

export type Scale = "xt" | "denoised_scale";

export interface Position {
  t: number;
  view: Scale;
}

export interface ScrubberHeader extends Header<Position> {
  /** H, W, C of x0. */
  shape: [number, number, number];
  t_ticks: Tick[];
  sigma_ticks: Tick[];
  /** With points: the plane is shown from -extent to extent. */
  extent?: number;
}

/** T + 1 entries each. */
type Tables =
  | "sqrt_alphas_cumprod"
  | "sqrt_one_minus_alphas_cumprod"
  | "alphas_cumprod"
  | "one_minus_alphas_cumprod"
  | "sigma"
  | "snr"
  | "one"
  | "two_sigma"
  | "sigma_place";

export interface ScrubberArrays extends Record<Tables | "x0" | "eps", Float32Array> {
  /** The sigma slider's position for each t, and the nearest t for each of its positions. */
  sigma_position: Uint16Array;
  nearest_t: Uint16Array;
  /** The class of each point; no pictures then. */
  labels?: Int32Array;
}

export type ScrubberBlob = Unpacked<ScrubberHeader, ScrubberArrays>;
