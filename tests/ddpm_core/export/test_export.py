"""Exported networks compute what ours do: in diffusers' pipelines with our noise and with theirs, in onnxruntime."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ddpm_core.cli.commands import main
from ddpm_core.config import SampleConfig, ScheduleConfig, TrainConfig, UNetConfig
from ddpm_core.data import DataInfo
from ddpm_core.export.diffusers import convert, export_diffusers, fold_label, unet_config
from ddpm_core.export.onnx import export_onnx
from ddpm_core.network.unet import UNet
from ddpm_core.noise import _generator
from ddpm_core.runs.checkpoint import build_model, load_model
from ddpm_core.runs.folder import RunFolder
from ddpm_core.sampler import predictor, sample, sample_pictures
from ddpm_core.schedule import NoiseSchedule
from tests.support.toys import untrained_run

INFO = DataInfo("toy", 8, 8, 3, ("a", "b", "c"))
UNET = UNetConfig(base_channels=8, channel_mults=(1, 2), num_groups=2, attention=True)
BIG_T = 50
CONFIG = TrainConfig(unet=UNET, schedule=ScheduleConfig(kind="linear", num_timesteps=BIG_T, beta_T=0.2))

MakeRun = Callable[..., RunFolder]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """A run whose network was not trained, but whose every weight differs from 0."""

    def make(config: TrainConfig = CONFIG, info: DataInfo = INFO) -> RunFolder:
        return untrained_run(tmp_path / "run", config, info, epoch=2, model=scrambled(build_model(config, info)))

    return make


def scrambled(model: UNet) -> UNet:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.15 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


def ours(run: RunFolder, request: SampleConfig) -> NDArray[np.float32]:
    """Finished pictures (N, H, W, C) in [0, 1], as the pipelines return them."""
    model, header = load_model(run.checkpoint(2))
    schedule = NoiseSchedule(header.config.schedule)
    size = (header.data_info.height, header.data_info.width)
    *_, last = sample_pictures(model, schedule, header.config.prediction_type, request, size)
    return (last.x0_hat.clamp(-1, 1).permute(0, 2, 3, 1).numpy() + 1) / 2


# --- diffusers --------------------------------------------------------------------------------------------------


def pipeline(name: str, folder: Path) -> Any:
    diffusers = pytest.importorskip("diffusers", reason="a development dependency: pip install -r requirements-dev.txt")
    loaded = getattr(diffusers, name).from_pretrained(folder, local_files_only=True)
    loaded.set_progress_bar_config(disable=True)
    return loaded


@pytest.mark.parametrize(
    ("unet", "size"),
    [
        (UNetConfig(), 16),
        (UNetConfig(base_channels=12, channel_mults=(1, 2, 3), num_res_blocks=2, num_groups=3, attention=True), 12),
        (UNetConfig(base_channels=8, channel_mults=(1,), num_groups=8), 9),
    ],
)
def test_every_shape_of_network_has_its_equal(unet: UNetConfig, size: int) -> None:
    diffusers = pytest.importorskip("diffusers")
    model, info = scrambled(UNet(unet, 3, 10)), replace(INFO, height=size, width=size)
    conditional = diffusers.UNet2DModel(**unet_config(model, info, class_labels=True))
    folded = diffusers.UNet2DModel(**unet_config(model, info))
    weights = convert(model)
    conditional.load_state_dict(weights)
    folded.load_state_dict(fold_label(weights, 7))
    xt = torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0))
    t, label = torch.tensor([1, 2, 500, 1000]), torch.full((4,), 7)
    with torch.inference_mode():
        expected = model(xt, t, label)
        # diffusers' timestep 0 is our t = 1.
        torch.testing.assert_close(conditional(xt, t - 1, class_labels=label).sample, expected, rtol=0, atol=1e-5)
        torch.testing.assert_close(folded(xt, t - 1).sample, expected, rtol=0, atol=1e-5)
    assert expected.std() > 0.1


FULL = replace(CONFIG, schedule=ScheduleConfig())
ZERO_SNR = replace(CONFIG, schedule=replace(CONFIG.schedule, zero_terminal_snr=True))
CLIPPED = {"use_clipped_model_output": True}


@pytest.mark.parametrize("kind", ["eps", "x0", "v"])
@pytest.mark.parametrize(
    ("config", "name", "request_", "call"),
    [
        (CONFIG, "DDPMPipeline", SampleConfig(sampler="ddpm", num_sampling_steps=BIG_T), {}),
        (CONFIG, "DDIMPipeline", SampleConfig(num_sampling_steps=25, eta=1), {**CLIPPED, "eta": 1.0}),
        (FULL, "DDIMPipeline", SampleConfig(), CLIPPED),
    ],
    ids=["ddpm", "ddim, eta 1", "ddim-50 of the cosine schedule's 1000"],
)
def test_pipelines_make_our_pictures_from_our_noise(
    make_run: MakeRun,
    tmp_path: Path,
    kind: str,
    config: TrainConfig,
    name: str,
    request_: SampleConfig,
    call: dict[str, Any],
) -> None:
    run = make_run(replace(config, prediction_type=kind))
    request = replace(request_, num_pictures=3, labels=(1,), seed=5)
    loaded = pipeline(name, export_diffusers(run, 2, tmp_path / "out", label=1))
    generators = [_generator(request.seed, k) for k in range(3)]
    steps = request.num_sampling_steps
    theirs = loaded(3, generators, num_inference_steps=steps, output_type="np", **call).images
    expected = ours(run, request)
    assert expected.std() > 0.05
    np.testing.assert_allclose(theirs, expected, rtol=0, atol=1e-4)


def test_a_thousand_steps_of_the_cosine_schedule_stay_as_close(make_run: MakeRun, tmp_path: Path) -> None:
    unet = UNetConfig(base_channels=4, channel_mults=(1,), num_groups=2)
    run = make_run(TrainConfig(unet=unet), replace(INFO, height=4, width=4))
    loaded = pipeline("DDPMPipeline", export_diffusers(run, 2, tmp_path / "out", label=0))
    request = SampleConfig(sampler="ddpm", num_sampling_steps=1000, num_pictures=1, labels=(0,))
    theirs = loaded(1, _generator(0, 0), output_type="np").images
    np.testing.assert_allclose(theirs, ours(run, request), rtol=0, atol=1e-4)


@pytest.mark.parametrize("kind", ["x0", "v"])
def test_zero_terminal_snr_is_kept(make_run: MakeRun, tmp_path: Path, kind: str) -> None:
    run = make_run(replace(ZERO_SNR, prediction_type=kind))
    folder = export_diffusers(run, 2, tmp_path / "out", label=1)
    request = SampleConfig(sampler="ddpm", num_sampling_steps=BIG_T, num_pictures=1, labels=(1,))
    theirs = pipeline("DDPMPipeline", folder)(1, _generator(0, 0), num_inference_steps=BIG_T, output_type="np").images
    np.testing.assert_allclose(theirs, ours(run, request), rtol=0, atol=1e-4)


def test_our_sampler_makes_the_pipelines_pictures_from_its_noise(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run()
    folder = export_diffusers(run, 2, tmp_path / "out")
    theirs = pipeline("DDPMPipeline", folder)(
        2, torch.Generator().manual_seed(3), num_inference_steps=BIG_T, output_type="np"
    ).images
    model, schedule, generator = load_model(run.checkpoint(2))[0], NoiseSchedule(CONFIG.schedule), torch.Generator()
    generator.manual_seed(3)

    def draw() -> torch.Tensor:
        return torch.randn(2, 3, 8, 8, generator=generator)

    request = SampleConfig(sampler="ddpm", num_sampling_steps=BIG_T)
    *_, last = sample(predictor(model, schedule, "v", None), schedule, request, draw(), draw)
    np.testing.assert_allclose(theirs, (last.x0_hat.permute(0, 2, 3, 1) + 1) / 2, rtol=0, atol=1e-4)


def test_the_folder_says_what_it_is_and_holds_the_conditional_network(make_run: MakeRun, tmp_path: Path) -> None:
    diffusers = pytest.importorskip("diffusers")
    run = make_run()
    out = export_diffusers(run, 2, tmp_path / "a" / "out")
    scheduler = json.loads((out / "scheduler" / "scheduler_config.json").read_text())
    assert scheduler["trained_betas"] == NoiseSchedule(CONFIG.schedule).betas[1:].tolist()
    assert scheduler["prediction_type"] == "v_prediction"
    assert json.loads((out / "unet" / "config.json").read_text())["norm_num_groups"] == 2
    assert "Class asked for: none" in (out / "README.md").read_text()
    loaded = diffusers.UNet2DModel.from_pretrained(out, subfolder="unet_conditional", local_files_only=True)
    model, _ = load_model(run.checkpoint(2))
    xt, t, label = torch.ones(4, 3, 8, 8), torch.tensor([1, 7, 20, 50]), torch.arange(4)
    with torch.inference_mode():
        theirs = loaded(xt, t - 1, class_labels=label).sample
        torch.testing.assert_close(theirs, model(xt, t, label), rtol=0, atol=1e-5)


def test_a_network_without_classes_needs_no_folding(make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(replace(CONFIG, class_conditional=False))
    out = export_diffusers(run, 2, tmp_path / "out")
    assert not (out / "unet_conditional").exists()
    theirs = pipeline("DDIMPipeline", out)(
        2, [_generator(0, 0), _generator(0, 1)], num_inference_steps=5, output_type="np", **CLIPPED
    ).images
    request = SampleConfig(num_sampling_steps=5, num_pictures=2)
    np.testing.assert_allclose(theirs, ours(run, request), rtol=0, atol=1e-4)
    with pytest.raises(ValueError, match="label is 0; allowed: None"):
        export_diffusers(run, 2, tmp_path / "other", label=0)


@pytest.mark.parametrize(
    ("unet", "message"),
    [
        (replace(UNET, patch_size=2), "unet.patch_size is 2; allowed: 1"),
        (replace(UNET, channel_mults=(2, 2)), r"unet.channel_mults is \(2, 2\); allowed: a 1 first"),
    ],
)
def test_networks_diffusers_has_no_equal_for_are_refused(
    make_run: MakeRun, tmp_path: Path, unet: UNetConfig, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        export_diffusers(make_run(replace(CONFIG, unet=unet)), 2, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_wrong_requests_are_named(make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run()
    with pytest.raises(ValueError, match="label is 4; allowed: 0 to 3"):
        export_diffusers(run, 2, tmp_path / "out", label=4)
    with pytest.raises(ValueError, match="checkpoints of these epochs: 2"):
        export_diffusers(run, 3, tmp_path / "out")
    with pytest.raises(ValueError, match="new or empty"):
        export_diffusers(run, 2, run.path)
    with pytest.raises(ValueError, match=r"ends in \.onnx"):
        export_onnx(run, 2, tmp_path / "out.bin")
    monkeypatch.setitem(sys.modules, "diffusers", None)
    with pytest.raises(ValueError, match="diffusers is not installed"):
        export_diffusers(run, 2, tmp_path / "out")


@pytest.mark.parametrize(
    ("options", "made"),
    [
        (["--out", "net.onnx", "--format", "onnx"], "net.onnx"),
        (["--out", "folder", "--format", "diffusers", "--epoch", "2", "--label", "1"], "folder/model_index.json"),
    ],
    ids=["onnx", "diffusers"],
)
def test_the_command_exports_and_says_where(
    make_run: MakeRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    made: str,
) -> None:
    run = make_run()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ddpm_core", "export", str(run.path), *options])
    main()
    assert Path(made).is_file()
    assert f"epoch 2 is in {options[1]}." in capsys.readouterr().out


# --- ONNX -------------------------------------------------------------------------------------------------------

ONE_STEP = replace(
    CONFIG,
    unet=replace(UNET, time_conditioned=False),
    prediction_type="x0",
    class_conditional=False,
    denoiser_sigma=0.5,
)


@pytest.mark.parametrize(
    ("config", "inputs"),
    [
        (CONFIG, ["xt", "t", "label"]),
        (replace(CONFIG, unet=replace(UNET, patch_size=2, attention=False)), ["xt", "t", "label"]),
        (replace(CONFIG, class_conditional=False), ["xt", "t"]),
        (ONE_STEP, ["xt"]),
    ],
    ids=["attention", "patch_size 2", "no classes", "one step"],
)
def test_onnxruntime_computes_the_same_for_any_batch(
    make_run: MakeRun, tmp_path: Path, config: TrainConfig, inputs: list[str]
) -> None:
    runtime = pytest.importorskip("onnxruntime", reason="a development dependency: pip install -r requirements-dev.txt")
    run = make_run(config)
    session = runtime.InferenceSession(export_onnx(run, 2, tmp_path / "net.onnx"), providers=["CPUExecutionProvider"])
    assert [entry.name for entry in session.get_inputs()] == inputs
    model, _ = load_model(run.checkpoint(2))
    for num in (1, 5):
        xt = torch.randn(num, 3, 8, 8, generator=torch.Generator().manual_seed(num))
        feed = {"xt": xt, "t": torch.arange(num) * 9 + 1, "label": torch.arange(num) % 4}
        feed = {name: feed[name] for name in inputs}
        with torch.inference_mode():
            expected = model(*feed.values())
        (output,) = session.run(["output"], {name: value.numpy() for name, value in feed.items()})
        np.testing.assert_allclose(output, expected, rtol=0, atol=1e-4)
        assert expected.std() > 0.05
    described = json.loads((tmp_path / "net.json").read_text())
    assert described["sha256"] == run.header(2).sha256
    tables = [] if config.kind == "denoiser" else NoiseSchedule(config.schedule).alphas_cumprod.tolist()
    assert described.get("alphas_cumprod", []) == tables
