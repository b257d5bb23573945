"""Training and sampling run at a lower priority than the server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jobs.paths import REPOSITORY
from jobs.priority import training_nice

SCRIPT = "import os, psutil; from jobs.priority import lower_priority; lower_priority({nice}); "
SCRIPT += "print(int(psutil.Process().nice()))"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has classes instead")
def test_a_process_lowers_its_priority_and_never_raises_it() -> None:
    def nice_after(nice: int, before: int) -> int:
        script = f"import os; os.nice({before}); " + SCRIPT.format(nice=nice)
        return int(subprocess.check_output([sys.executable, "-c", script], cwd=REPOSITORY))

    own = int(subprocess.check_output([sys.executable, "-c", SCRIPT.format(nice=0)], cwd=REPOSITORY))
    assert nice_after(0, 0) == own
    assert nice_after(19, 1) == 19
    assert nice_after(1, 19 - own) == 19


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this system shares no time among sessions")
def test_a_session_of_its_own_lowers_its_priority_as_a_whole() -> None:
    script = SCRIPT.format(nice=11) + "; print(open('/proc/self/autogroup').read())"
    told = subprocess.check_output([sys.executable, "-c", script], cwd=REPOSITORY, start_new_session=True, text=True)
    assert told.split()[-2:] == ["nice", "11"]


def test_the_nice_value_of_training_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DDPM_NICE", raising=False)
    assert training_nice() == 10
    monkeypatch.setenv("DDPM_NICE", "0")
    assert training_nice() == 0
    for wrong in ("20", "-5", "low"):
        monkeypatch.setenv("DDPM_NICE", wrong)
        with pytest.raises(ValueError, match=f"DDPM_NICE is '{wrong}'; allowed: 0"):
            training_nice()
