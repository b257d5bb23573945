"""Training against the peers at equal work, the loop and the sampler against the bare network.

    python -m benchmarks.training_speed [--rounds 8]

All take turns on the same pictures, batch size and threads, 64 pictures at a time: 16 x 16 x 3 sprites with a network
at full resolution, and 28 x 28 digits with one behind a pixel-unshuffle stem. Peers are built to cost the same FLOPs
per picture, and run their own loops: diffusers' train_unconditional example (DataLoader, UNet2DModel, DDPMScheduler,
EMAModel) and denoising-diffusion-pytorch's Trainer. They are installed into an environment of their own, which sees the
project's torch.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TypedDict

import torch

from benchmarks import ours, peers
from benchmarks.environment import ROOT, peers_python
from benchmarks.report import in_words, machine, publish, table
from benchmarks.turns import Elsewhere, Steps, Times, in_runs, ratio, times_of
from ddpm_core.config import SampleConfig
from ddpm_core.data import DataInfo, Dataset, load_dataset
from ddpm_core.hardware import fastest_threads, keep_freed_memory, pick_bfloat16, pick_device
from ddpm_core.runs.checkpoint import build_model
from ddpm_core.runs.presets import PRESETS

CASES = ("sprites_quick", "digits_quick")
BATCH = 64
NUM_PICTURES = 8_000
TUNED = "+tuned"
"""Marks a peer with our settings of OpenMP and of the C library's memory."""
USUAL = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "300000"}
"""What libgomp does when nobody tells it anything; importing ddpm_core would set these."""
DDIM = SampleConfig(sampler="ddim", num_sampling_steps=50, num_pictures=16)
SOLVER = SampleConfig(sampler="dpmpp_2m", num_sampling_steps=15, num_pictures=16)


class Case(TypedDict):
    """Training with the network of one preset: seconds per step, FLOPs per picture and forward pass."""

    training: Times
    loop: Times
    """We and the bare network only, in turns of one step: what is compared differs by a per cent."""
    flops: dict[str, float]


class Result(TypedDict):
    """What one run of `measure` found."""

    cases: dict[str, Case]
    sampling: Times
    """Of whole requests; they take turns step by step."""
    ceiling: dict[str, float]
    """FLOP/s of the machine by precision."""
    threads: int


def measure(rounds: int) -> Result:
    """Training and sampling of each case and what the machine can; runs in the peers' environment."""
    config = PRESETS[CASES[0]]
    device = pick_device(config)
    sprites = DataInfo("sprites", 16, 16, 3, tuple("0123456789"))
    threads = fastest_threads(lambda: ours.bare_training(replace(config, batch_size=BATCH), sprites, False)(1))
    torch.set_num_threads(threads)
    precisions = ("float32", "bfloat16") if pick_bfloat16(config, device) else ("float32",)

    sampling: Times = {}
    keep_freed_memory()  # as whoever loads a checkpoint does
    for preset in CASES:
        its = PRESETS[preset]
        info = load_dataset(replace(its.data, num_pictures=BATCH), "train").info
        network = build_model(its, info).to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
        for request in (DDIM, SOLVER):
            n = request.num_sampling_steps
            both = {
                "sampler": ours.the_sampler(network, its, info, request),
                "bare": ours.bare_sampling(network, info, request),
            }
            for name, times in times_of(both, 3 * rounds * n, steps=1).items():
                sampling[f"{preset} {request.sampler} {name}"] = in_runs(times, n)
    return {
        "cases": {preset: _train(preset, threads, precisions, rounds) for preset in CASES},
        "sampling": sampling,
        "ceiling": ours.convolution_ceilings(),
        "threads": threads,
    }


def _train(preset: str, threads: int, precisions: tuple[str, ...], rounds: int) -> Case:
    """Everybody in a process of their own, but in turns."""
    with tempfile.TemporaryDirectory() as folder:
        args = preset, threads, precisions, folder
        processes = [
            Elsewhere(_we, *args, environment={}),
            Elsewhere(_they, *args, environment=USUAL),
            Elsewhere(_they, *args, TUNED, environment={}),
        ]
        contestants = {name: steps for process in processes for name, steps in process.contestants.items()}
        training = times_of(contestants, rounds, steps=4)
        loop = times_of(processes[0].contestants, 5 * rounds, steps=1)
        for process in processes:
            process.end()
    return {"training": training, "loop": loop, "flops": _flops(preset)}


def _we(preset: str, threads: int, precisions: tuple[str, ...], folder: str) -> dict[str, Steps]:
    """Our training as a run does it, and the bare network."""
    torch.set_num_threads(threads)
    contestants: dict[str, Steps] = {}
    for precision in precisions:
        config = replace(PRESETS[preset], batch_size=BATCH, num_threads=threads, precision=precision)
        # The loop first: it tells the C library to keep freed memory, for the bare network as well.
        contestants[f"ours {precision}"] = ours.the_loop(config, Path(folder) / precision)
        contestants[f"bare {precision}"] = ours.bare_training(config, _pictures(preset).info, precision == "bfloat16")
    return contestants


def _they(preset: str, threads: int, precisions: tuple[str, ...], folder: str, suffix: str = "") -> dict[str, Steps]:
    """The peers' training as their users start it, or (suffix TUNED) with our settings of OpenMP and the C library."""
    torch.set_num_threads(threads)
    peers.import_torchvision()
    if suffix:
        keep_freed_memory()
    data, shape = _pictures(preset), peers.SHAPES[preset]
    contestants: dict[str, Steps] = {}
    for precision in precisions:
        on = precision == "bfloat16"
        contestants[f"diffusers{suffix} {precision}"] = peers.diffusers(shape, data.images, data.labels, BATCH, on)
        contestants[f"lucidrains{suffix} {precision}"] = peers.lucidrains(
            shape, data.images, BATCH, on, Path(folder) / f"peers{suffix}"
        )
    return contestants


def _pictures(preset: str) -> Dataset:
    return load_dataset(replace(PRESETS[preset].data, num_pictures=NUM_PICTURES), "train")


def _flops(preset: str) -> dict[str, float]:
    peers.import_torchvision()
    info, shape = _pictures(preset).info, peers.SHAPES[preset]
    xt, t, labels = ours.inputs(2, info, torch.device("cpu"))
    return {
        "ours": ours.flops_per_picture(build_model(PRESETS[preset], info), xt, t, labels),
        "diffusers": ours.flops_per_picture(peers.diffusers_network(shape), xt, t, class_labels=labels),
        "lucidrains": ours.flops_per_picture(peers.lucidrains_network(shape), xt, t),
    }


def training_table(case: Case, ceiling: dict[str, float]) -> str:
    training, flops = case["training"], case["flops"]
    best = training.get("ours bfloat16", training["ours float32"])
    rows = []
    for name, times in training.items():
        who, precision = name.split()
        if who == "bare":
            continue
        its_flops, rate = flops[who.removesuffix(TUNED)], BATCH / median(times)
        rows.append(
            (who, precision, f"{its_flops / flops['ours']:.2f}", f"{rate:.0f}",
             f"{ratio(times, training[f'ours {precision}']):.2f}", f"{ratio(times, best):.2f}",
             f"{3 * its_flops * rate / ceiling[precision]:.0%}")
        )  # fmt: skip
    head = (
        "loop | precision | FLOPs/picture | pictures/s | ours ×, same precision | ours × at its best | of the ceiling"
    )
    return table(head.split(" | "), rows)


def overheads(result: Result) -> Iterator[tuple[str, str, str, str]]:
    """What loop and sampler cost beside the bare network."""
    for preset, case in result["cases"].items():
        for precision in result["ceiling"]:
            whole, bare = case["loop"][f"ours {precision}"], case["loop"][f"bare {precision}"]
            times = f"{1000 * median(whole):.1f} ms", f"{1000 * median(bare):.1f} ms"
            yield f"{preset}: training step, {precision}", *times, f"{ratio(whole, bare) - 1:+.1%}"
    for name, whole in result["sampling"].items():
        if name.endswith(" sampler"):
            bare = result["sampling"][name.replace(" sampler", " bare")]
            preset, sampler, _ = name.split()
            steps = {DDIM.sampler: "16 pictures, DDIM-50", SOLVER.sampler: "16 pictures, DPM-Solver++ 15"}[sampler]
            times = f"{median(whole):.2f} s", f"{median(bare):.2f} s"
            yield f"{preset}: {steps}", *times, f"{ratio(whole, bare) - 1:+.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=8, help="turns of four steps that each takes")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        chosen.measure.write_text(json.dumps(measure(chosen.rounds)), encoding="utf-8")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        command = [peers_python(), "-m", "benchmarks.training_speed", "--rounds", str(chosen.rounds), "--measure", file]
        subprocess.run([str(part) for part in command], cwd=ROOT, check=True)
        result: Result = json.loads(file.read_text(encoding="utf-8"))
    tables = "\n\n".join(
        f"{preset}, {case['flops']['ours'] / 1e6:.0f} MFLOP a picture and forward pass:\n\n"
        + training_table(case, result["ceiling"])
        for preset, case in result["cases"].items()
    )
    publish(
        "Training at equal work",
        f"`python -m benchmarks.training_speed`: {machine()}, {result['threads']} threads, {BATCH} pictures a step. "
        f"Nothing is compiled. {TUNED}: with our settings of OpenMP and of the C library. "
        "Ratios are medians over rounds, in each of which all take turns. "
        "Ceiling: a convolution of 128 channels forward and backward, "
        f"{in_words(result['ceiling'])}.\n\n{tables}",
    )
    publish(
        "Loop and sampler beside the bare network",
        "`python -m benchmarks.training_speed`: a training step with everything around it (noise, EMA, clipping, "
        "CSV logs) against forward, backward and AdamW alone; a sampler against as many forward passes. Medians over "
        "turns, each compared with its neighbour. At most 3 % is the aim.\n\n"
        + table(("", "ours", "bare network", "more"), list(overheads(result))),
    )


if __name__ == "__main__":
    main()
