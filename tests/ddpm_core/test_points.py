"""Points of the plane, end to end: the shapes, their network, a run on them, its quality."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ddpm_core.cli.commands import main
from ddpm_core.config import DataConfig, MLPConfig, SampleConfig, TrainConfig, from_dict, to_dict
from ddpm_core.data import DataInfo, Dataset, load_dataset
from ddpm_core.data.points import CLASS_NAMES, MODE_STD, make_points, mode_means
from ddpm_core.export.diffusers import export_diffusers
from ddpm_core.export.onnx import export_onnx
from ddpm_core.network.mlp import MLP
from ddpm_core.pictures.points import COLOURS, EXTENT, UNLABELLED, draw_points
from ddpm_core.pictures.tensors import to_points, to_tensor
from ddpm_core.quality.evaluate import evaluate_run
from ddpm_core.quality.points import sliced_wasserstein, within_classes
from ddpm_core.quality.report import MEASURES, table
from ddpm_core.runs.checkpoint import build_model, load_model
from ddpm_core.runs.events import EpochEnd
from ddpm_core.runs.folder import RunFolder
from ddpm_core.runs.presets import PRESETS, preset_for
from ddpm_core.sampler import sample_pictures
from ddpm_core.schedule import NoiseSchedule
from ddpm_core.training.trainer import train
from tests.support.points import TINY_POINTS, train_points

SHAPES = tuple(CLASS_NAMES)

# The shapes


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_the_same_for_the_same_seed_and_lies_in_the_square(name: str) -> None:
    points, labels = make_points(name, 2_000, 7)
    again, _ = make_points(name, 2_000, 7)
    other, _ = make_points(name, 2_000, 8)
    assert (points.dtype, points.shape) == (np.float32, (2_000, 1, 1, 2))
    assert (labels.dtype, labels.shape) == (np.int64, (2_000,))
    np.testing.assert_array_equal(points, again)
    assert not np.isin(points, other).any()
    assert np.mean(np.abs(points) == 1) < 0.001, "hardly anything is clipped"
    assert 0.25 < points.std() < 0.6, "about the spread of pictures, which the schedules are made for"
    assert np.abs(points.mean((0, 1, 2))).max() < 0.15
    names = CLASS_NAMES[name]
    assert set(labels.tolist()) == set(range(max(1, len(names))))


def test_an_unknown_shape_is_named() -> None:
    with pytest.raises(ValueError, match="the shape is 'cube'; allowed: eight_gaussians, moons"):
        make_points("cube", 10, 0)


def test_the_classes_of_eight_gaussians_are_the_quarters_of_the_wind() -> None:
    points, labels = make_points("eight_gaussians", 8_000, 0)
    for label, name in enumerate(CLASS_NAMES["eight_gaussians"]):
        cloud = points[labels == label].reshape(-1, 2)
        np.testing.assert_allclose(cloud.mean(0), mode_means()[label], atol=0.01)
        np.testing.assert_allclose(np.cov(cloud.T), MODE_STD**2 * np.eye(2), atol=0.0008)
        assert ("east" in name) == (mode_means()[label][0] > 0.1)
        assert ("north" in name) == (mode_means()[label][1] > 0.1)


def test_moons_interlock_and_a_checkerboard_leaves_every_second_square_empty() -> None:
    moons, labels = make_points("moons", 4_000, 0)
    upper, lower = (moons[labels == label].reshape(-1, 2) for label in (0, 1))
    assert upper[:, 1].mean() > 0.1 > -0.1 > lower[:, 1].mean()
    assert upper[:, 0].max() > lower[:, 0].min(), "one reaches into the other"
    board = make_points("checkerboard", 4_000, 0)[0].reshape(-1, 2) / 0.95
    squares = np.floor((board + 1) * 2).clip(0, 3).astype(int)
    counts = np.zeros((4, 4), int)
    np.add.at(counts, tuple(squares.T), 1)
    filled = np.add.outer(np.arange(4), np.arange(4)) % 2 == 0
    assert counts[filled].min() > 400
    assert counts[~filled].max() == 0


@pytest.mark.parametrize("name", SHAPES)
def test_held_out_points_are_others(name: str) -> None:
    config = DataConfig(name, num_pictures=300, num_validation=50)
    training, held_out = load_dataset(config, "train"), load_dataset(config, "validation")
    assert training.info == held_out.info == DataInfo(name, 1, 1, 2, CLASS_NAMES[name])
    assert training.info.is_points
    assert (len(training.images), len(held_out.images)) == (300, 50)
    assert not np.isin(training.images, held_out.images).any()
    with pytest.raises(ValueError, match=f"{name} have no end. Give a number"):
        load_dataset(replace(config, num_pictures=0), "train")


def test_only_points_have_two_channels_and_floats() -> None:
    with pytest.raises(ValueError, match=r"channels is 2.*for points"):
        DataInfo("odd", 8, 8, 2)
    info, labels = DataInfo("moons", 1, 1, 2), np.zeros(3, np.int64)
    with pytest.raises(ValueError, match="dtype is 'uint8'; allowed: float32"):
        Dataset(np.zeros((3, 1, 1, 2), np.uint8), labels, info)
    with pytest.raises(ValueError, match="dtype is 'float32'; allowed: uint8"):
        Dataset(np.zeros((3, 8, 8, 1), np.float32), labels, DataInfo("grey", 8, 8, 1))


def test_points_are_not_scaled_on_the_way_to_the_network_and_back() -> None:
    points, _ = make_points("moons", 20, 0)
    x = to_tensor(points)
    assert x.shape == (20, 2, 1, 1)
    np.testing.assert_array_equal(to_points(x * 3), points * 3)


# The network


@pytest.mark.parametrize("num_classes", [0, 8])
def test_every_parameter_gets_a_gradient_and_the_shape_stays(num_classes: int) -> None:
    torch.manual_seed(0)
    model = MLP(MLPConfig(width=32, depth=2), 2, num_classes)
    label = torch.arange(9) if num_classes else None  # the null label too
    out = model(torch.randn(9, 2, 1, 1), torch.arange(1, 10), label)
    assert out.shape == (9, 2, 1, 1)
    out.square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_no_label_means_the_null_label_and_t_and_label_count() -> None:
    torch.manual_seed(0)
    model = MLP(MLPConfig(width=32, depth=1), 2, 3)
    xt, t = torch.randn(4, 2, 1, 1), torch.full((4,), 5)
    none = model(xt, t)
    torch.testing.assert_close(none, model(xt, t, torch.full((4,), 3)))
    assert (none - model(xt, t, torch.zeros(4, dtype=torch.long))).abs().max() > 1e-3
    assert (none - model(xt, t + 100)).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("shape", "t", "label", "message"),
    [
        ((4, 3, 1, 1), [1] * 4, None, r"shape of xt is \(4, 3, 1, 1\); allowed: \(N, 2, 1, 1\)"),
        ((4, 2), [1] * 4, None, "shape of xt"),
        ((4, 2, 1, 1), None, None, "t is None"),
        ((4, 2, 1, 1), [0] * 4, None, "t is"),
        ((4, 2, 1, 1), [1] * 4, [4] * 4, "label is .*allowed: 0 to 3"),
    ],
)
def test_what_does_not_fit_is_named(
    shape: tuple[int, ...], t: list[int] | None, label: list[int] | None, message: str
) -> None:
    model = MLP(MLPConfig(width=32, depth=1), 2, 3)
    given = [None if values is None else torch.tensor(values) for values in (t, label)]
    with pytest.raises(ValueError, match=message):
        model(torch.zeros(shape), *given)


@pytest.mark.parametrize(("name", "value"), [("width", 20), ("width", 0), ("depth", 0), ("depth", 17)])
def test_a_wrong_shape_of_the_network_is_named(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=rf"mlp\.{name} is {value}; allowed"):
        MLPConfig(**{name: value})


def test_network_and_data_must_fit() -> None:
    points, pictures = DataInfo("moons", 1, 1, 2), DataInfo("sprites", 16, 16, 3)
    with pytest.raises(ValueError, match=r"mlp is None.*moons are points; take the preset 'points'"):
        build_model(TrainConfig(class_conditional=False), points)
    with pytest.raises(ValueError, match=r"mlp is MLPConfig.*None, because sprites are pictures"):
        build_model(TrainConfig(mlp=MLPConfig(), class_conditional=False), pictures)
    with pytest.raises(ValueError, match="mlp is set: the network of points sees t"):
        replace(TINY_POINTS, denoiser_sigma=0.5)


def test_a_config_with_and_without_mlp_survives_json() -> None:
    for config in (TINY_POINTS, TrainConfig()):
        assert from_dict(TrainConfig, json.loads(json.dumps(to_dict(config)))) == config
    old = to_dict(TrainConfig())
    del old["mlp"]  # as runs of earlier versions have it
    assert from_dict(TrainConfig, old) == TrainConfig()


@pytest.mark.parametrize("name", SHAPES)
def test_the_preset_fits_every_shape(name: str) -> None:
    info = DataInfo(name, 1, 1, 2, CLASS_NAMES[name])
    config = preset_for(info, None)
    assert (config.data.name, config.class_conditional) == (name, bool(CLASS_NAMES[name]))
    assert build_model(config, info).num_classes == len(CLASS_NAMES[name])


# A run


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return train_points(tmp_path_factory.mktemp("points") / "short")


def test_a_run_keeps_checkpoints_and_clouds_to_look_at(short: RunFolder) -> None:
    assert short.epochs == (0, 1, 3)
    model, header = load_model(short.checkpoint(3))
    assert isinstance(model, MLP)
    assert header.config == TINY_POINTS
    for epoch in short.epochs:
        with Image.open(short.samples(epoch)) as walk, Image.open(short.denoise(epoch)) as guess:
            assert (walk.width / walk.height, guess.width / guess.height) == (6, 2)
            first, last = (np.asarray(walk)[:, i * walk.height : (i + 1) * walk.height] for i in (0, 5))
            assert (first != 255).any(axis=-1).sum() > 500
            assert not np.array_equal(first, last)


def test_stopped_and_resumed_is_the_same_to_the_bit(short: RunFolder, tmp_path: Path) -> None:
    folder, calls = tmp_path / "stopped", iter([False] * 3)
    events = list(train(TINY_POINTS, folder, should_stop=lambda: next(calls, True)))
    events += list(train(TINY_POINTS, folder))
    assert [e.epoch for e in events if isinstance(e, EpochEnd)] == [0, 1, 2, 3]
    for epoch in short.epochs:
        assert (folder / f"epoch-{epoch:04d}.safetensors").read_bytes() == short.checkpoint(epoch).read_bytes()
        assert RunFolder(folder).samples(epoch).read_bytes() == short.samples(epoch).read_bytes()


def test_a_run_opens_again_whose_config_was_written_before_there_were_points(short: RunFolder, tmp_path: Path) -> None:
    config = TrainConfig(class_conditional=False)
    info = DataInfo("sprites", 16, 16, 3)
    RunFolder.create(tmp_path, config, info)
    written = json.loads((tmp_path / "config.json").read_text())
    del written["config"]["mlp"]
    (tmp_path / "config.json").write_text(json.dumps(written))
    assert RunFolder.create(tmp_path, config, info).config == config
    with pytest.raises(ValueError, match="holds another run"):
        RunFolder.create(tmp_path, replace(config, num_epochs=5), info)


def test_a_unet_on_points_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="eight_gaussians are points; take the preset 'points'"):
        list(train(replace(TINY_POINTS, mlp=None), tmp_path / "run"))


def test_points_without_classes_train_unconditionally_only(tmp_path: Path) -> None:
    roll = replace(TINY_POINTS, data=replace(TINY_POINTS.data, name="swiss_roll"), num_epochs=1)
    with pytest.raises(ValueError, match=r"swiss_roll has no labels. Set it False"):
        list(train(roll, tmp_path / "refused"))
    list(train(replace(roll, class_conditional=False), tmp_path / "run"))
    assert RunFolder(tmp_path / "run").epochs == (0, 1)


def test_exports_say_what_they_can(short: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"eight_gaussians.*points.*ONNX"):
        export_diffusers(short, 3, tmp_path / "out")
    onnxruntime = pytest.importorskip("onnxruntime")
    path = export_onnx(short, 3, tmp_path / "points.onnx")
    model, _ = load_model(short.checkpoint(3))
    xt, t, label = torch.randn(5, 2, 1, 1), torch.arange(1, 6), torch.arange(5)
    inputs = {"xt": xt.numpy(), "t": t.numpy(), "label": label.numpy()}
    (out,) = onnxruntime.InferenceSession(path).run(None, inputs)
    with torch.inference_mode():
        torch.testing.assert_close(torch.from_numpy(out), model(xt, t, label), rtol=1e-4, atol=1e-5)


def test_the_command_line_draws_the_cloud(
    short: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("cloud.png", "cloud.gif"):
        out = tmp_path / name
        options = ["--num-pictures", "50", "--num-sampling-steps", "4", "--out", str(out)]
        monkeypatch.setattr(sys, "argv", ["ddpm_core", "sample", str(short.path), *options])
        main()
        assert f"50 points of epoch 3 are in {out}" in capsys.readouterr().out
        with Image.open(out) as image:
            assert image.width == image.height >= 256
            assert getattr(image, "n_frames", 1) == (5 if name.endswith("gif") else 1)


def test_the_command_line_trains_the_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ["--num-epochs", "1", "--data.num-pictures", "200", "--data.name", "moons", "--depth", "1"]
    monkeypatch.setattr(sys, "argv", ["ddpm_core", "train", "--out", str(tmp_path / "run"), "points", *options])
    main()
    run = RunFolder(tmp_path / "run")
    assert run.config.mlp == MLPConfig(depth=1)
    assert (run.data_info.name, run.epochs[-1]) == ("moons", 1)


# What it learns


def test_eight_gaussians_are_recovered_in_a_few_seconds(tmp_path: Path) -> None:
    """600 steps: every class lands at its mean within 0.05 and is as wide as it should be within a factor of 2."""
    config = replace(
        PRESETS["points"],
        data=DataConfig("eight_gaussians", num_pictures=6_000, num_validation=40),
        num_epochs=20,
        batch_size=200,
        keep_epochs=(),
        device="cpu",
        num_threads=1,
    )
    list(train(config, tmp_path / "run"))
    model, _ = load_model(tmp_path / "run" / "epoch-0020.safetensors")
    request = SampleConfig(num_pictures=800, num_sampling_steps=25)
    *_, last = sample_pictures(model, NoiseSchedule(config.schedule), config.prediction_type, request, (1, 1))
    places, labels = to_points(last.x0_hat).reshape(-1, 2), np.arange(800) % 8
    for label, mean in enumerate(mode_means()):
        cloud = places[labels == label]
        np.testing.assert_allclose(np.median(cloud, axis=0), mean, atol=0.05)
        middle = np.median(np.linalg.norm(cloud - np.median(cloud, axis=0), axis=1)) / 1.1774  # Rayleigh's median
        assert MODE_STD / 2 < middle < 2 * MODE_STD
    nearest = np.linalg.norm(places[:, None] - mode_means(), axis=2).argmin(1)
    assert np.mean(nearest == labels) > 0.95


# Quality


def test_the_distance_of_two_clouds_is_what_it_must_be() -> None:
    """Moved by d, each line sees |d cos|, whose mean over directions is 2 d / pi; a cloud has no distance to itself."""
    cloud = torch.from_numpy(make_points("moons", 500, 0)[0]).permute(0, 3, 1, 2)
    shuffled = cloud[torch.randperm(500, generator=torch.Generator().manual_seed(0))]
    assert sliced_wasserstein(cloud, shuffled) == pytest.approx(0, abs=1e-12)
    moved = cloud + torch.tensor([0.3, -0.4]).reshape(1, 2, 1, 1)
    assert sliced_wasserstein(cloud, moved) == pytest.approx(2 * 0.5 / np.pi, rel=1e-3)
    assert sliced_wasserstein(moved, cloud) == sliced_wasserstein(cloud, moved)
    with pytest.raises(ValueError, match="the shapes of two clouds"):
        sliced_wasserstein(cloud, cloud[:-1])


def test_points_of_the_wrong_class_are_seen_class_by_class_only() -> None:
    points, labels = (torch.from_numpy(a) for a in make_points("eight_gaussians", 4_000, 0))
    real, of_real, fresh, of_fresh = points[:2_000], labels[:2_000], points[2_000:], labels[2_000:]
    right = within_classes(fresh, of_fresh, real, of_real)
    wrong = within_classes(fresh, (of_fresh + 1) % 8, real, of_real)
    assert wrong > 20 * right
    with pytest.raises(ValueError, match="the number of samples of class 7 is 0"):
        within_classes(fresh[of_fresh < 7], of_fresh[of_fresh < 7], real, of_real)


def test_evaluate_measures_points_in_their_plane(short: RunFolder) -> None:
    before, after = (evaluate_run(short, epoch, 200, SampleConfig(num_sampling_steps=10)) for epoch in (0, 3))
    for report in (before, after):
        assert report.classifier is report.frechet is report.random_frechet is report.recall is None
        assert report.sliced_wasserstein is not None
        assert report.sliced_wasserstein_by_class is not None
        assert 0 < report.sliced_wasserstein.real < report.sliced_wasserstein.samples
        assert all(words in table(report, "points") for _, words, _ in MEASURES["points"])
        assert "classifier" not in table(report, "points")
    assert after.sliced_wasserstein_by_class.samples < before.sliced_wasserstein_by_class.samples
    nobody = evaluate_run(short, 3, 200, SampleConfig(num_sampling_steps=2, labels=(-1,)))
    assert nobody.sliced_wasserstein_by_class is None


# Drawn


def test_a_point_is_drawn_where_it_lies_in_its_colour() -> None:
    """x to the right, y upwards, the middle is (0, 0), EXTENT is the edge; label -1 has a colour of its own."""
    picture = draw_points(np.array([[EXTENT / 2, EXTENT / 2], [0, 0]], np.float32), np.array([3, -1]), 100)
    assert (picture.shape, picture.dtype) == ((100, 100, 3), np.uint8)
    for (row, column), colour in (((25, 75), COLOURS[3]), ((50, 50), UNLABELLED)):
        wanted = tuple(bytes.fromhex(colour[1:]))
        assert np.abs(picture[row - 1 : row + 1, column - 1 : column + 1].reshape(-1, 3).mean(0) - wanted).max() < 25
    assert np.mean(picture[2:-2, 2:-2] == 255) > 0.98
