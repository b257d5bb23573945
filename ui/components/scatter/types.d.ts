import type { Header, Kind, Unpacked } from "../types.d.ts";

export type PointKind = Exclude<Kind, "eps_hat">;

export interface Position {
  t: number;
  kind: PointKind;
  paths: boolean;
}

export interface ScatterHeader extends Header<Position> {
  autoplay: boolean;
  /** Epochs, frames, points. */
  shape: [number, number, number];
  timesteps: number[];
  epochs: number[];
  class_names: string[];
  /** The plane is shown from -extent to extent. */
  extent: number;
  num_paths: number;
}

/** xt and x0_hat: (epochs, frames, points, 2); real: (M, 2). */
export interface ScatterArrays extends Record<PointKind | "real", Float32Array> {
  labels: Int32Array;
}

export type ScatterBlob = Unpacked<ScatterHeader, ScatterArrays>;
