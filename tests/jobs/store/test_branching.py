"""Runs that begin with another's weights, and runs that arrive as a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ddpm_core.config import DataConfig, MLPConfig, UNetConfig
from ddpm_core.runs.csv_log import CsvLog
from ddpm_core.runs.events import EpochEnd
from ddpm_core.runs.folder import RunFolder
from jobs.store.store import Store
from jobs.training.supervisor import Supervisor
from tests.support.processes import WaitFor
from tests.support.runs import TINY


@pytest.fixture
def trained(run_path: str) -> RunFolder:
    """A run as it ships: two epochs of TINY."""
    return RunFolder(Path(run_path))


@pytest.fixture
def shipped(trained: RunFolder, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DDPM_CHECKPOINTS_DIR", str(trained.path.parent))
    return trained.path.name


def test_a_branch_holds_the_weights_it_begins_with(store: Store, shipped: str, trained: RunFolder) -> None:
    config = replace(TINY, num_epochs=7, learning_rate=1e-4)
    run_id = store.branch(shipped, 1, config, "warmer", "ada")
    record = store.run(run_id)
    assert (record.status, record.name, record.owner) == ("queued", "warmer", "ada")
    assert (record.parent, record.config) == ("tiny@1", config)
    assert [path.name for path in record.folder.iterdir()] == ["start.safetensors"]
    assert (record.folder / "start.safetensors").read_bytes() == trained.checkpoint(1).read_bytes()


def test_a_run_of_this_store_can_be_branched_too(store: Store, trained: RunFolder) -> None:
    own = store.enqueue(TINY)
    shutil.copytree(trained.path, store.run(own).folder)
    branch = store.branch(own, 2, TINY)
    assert store.run(branch).parent == f"{own}@2"
    store.delete(own)
    assert (store.run(branch).folder / "start.safetensors").is_file(), "it needs its parent no more"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"unet": UNetConfig(base_channels=16, channel_mults=(1, 2))}, "unet is .*base_channels=16.*do not fit"),
        ({"class_conditional": False}, "class_conditional is False, but tiny@2 was trained with True"),
        ({"mlp": MLPConfig(), "data": DataConfig("moons")}, "mlp is MLPConfig"),
        ({"data": DataConfig("digits")}, r"data.name is 'digits' \(1 channels, 10 classes\).*'sprites' \(3 channels"),
    ],
)
def test_what_does_not_fit_is_named_and_leaves_nothing(
    store: Store, shipped: str, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        store.branch(shipped, 2, replace(TINY, **changed))  # type: ignore[arg-type]
    assert store.runs() == []
    assert [path.name for path in store.root.iterdir() if path.is_dir()] == []


def test_other_pictures_of_the_same_shape_fit(store: Store, shipped: str) -> None:
    config = replace(TINY, data=replace(TINY.data, num_pictures=32, seed=5), prediction_type="x0")
    assert store.run(store.branch(shipped, 0, config)).config == config


def test_an_epoch_without_checkpoint_and_an_unknown_run_are_named(store: Store, shipped: str) -> None:
    with pytest.raises(ValueError, match="epoch is 5; tiny has checkpoints of these epochs: 0, 1, 2"):
        store.branch(shipped, 5, TINY)
    for name in ("nobody", "../shipped", ".", ""):
        with pytest.raises(ValueError, match="no such run"):
            store.branch(name, 1, TINY)


def test_a_branch_trains_from_the_weights_it_was_given(
    store: Store, shipped: str, trained: RunFolder, supervise: Callable[[], Supervisor], wait_for: WaitFor
) -> None:
    branch = store.branch(shipped, 2, TINY)
    supervise()
    wait_for(lambda: store.run(branch).status in ("finished", "failed"), 120)
    assert store.run(branch).error == ""
    untrained, _, last = CsvLog(trained.epoch_metrics, EpochEnd).rows()
    begun = store.epochs(branch)[0]
    assert (begun.epoch, begun.step) == (0, 0)
    # Checkpoints hold float16.
    assert begun.val_loss_ema == pytest.approx(last.val_loss_ema, rel=1e-3)
    assert begun.val_loss_ema != pytest.approx(untrained.val_loss_ema, rel=1e-3)


def test_a_folder_that_was_put_into_the_store_is_adopted_with_its_curves(store: Store, trained: RunFolder) -> None:
    shutil.copytree(trained.path, store.root / "tiny-copy")
    assert store.adopt(store.root / "tiny-copy", "From Ada", "ada") == "tiny-copy"
    record = store.run("tiny-copy")
    assert (record.name, record.owner, record.status, record.epoch) == ("From Ada", "ada", "finished", 2)
    assert (record.step, record.total_steps, record.config) == (6, 6, TINY)
    assert record.seconds > 0
    assert record.pictures_per_second == 0, "how fast another computer was tells nothing of this one"
    assert store.metrics("tiny-copy").step.tolist() == [1, 2, 3, 4, 5, 6]
    assert store.epochs("tiny-copy") == CsvLog(trained.epoch_metrics, EpochEnd).rows()
    assert store.claim() is None
    with pytest.raises(ValueError, match="tiny-copy is here already"):
        store.adopt(store.root / "tiny-copy")


def test_a_folder_elsewhere_or_without_a_run_is_not_adopted(store: Store, trained: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not lie in"):
        store.adopt(trained.path)
    (store.root / "empty").mkdir()
    with pytest.raises(ValueError, match="is no run folder"):
        store.adopt(store.root / "empty")
    assert store.runs() == []


def test_a_run_is_renamed_and_noted(store: Store) -> None:
    run_id = store.enqueue(TINY, "first")
    store.rename(run_id, "  Ada's run ")
    store.set_note(run_id, "warm-up\n**too** short ")
    record = store.run(run_id)
    assert (record.name, record.note) == ("Ada's run", "warm-up\n**too** short")
    store.rename(run_id, " ")
    assert store.run(run_id).name == run_id
    for change in (store.rename, store.set_note):
        with pytest.raises(ValueError, match="no such run"):
            change("nobody", "x")
