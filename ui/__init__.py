"""What pages share: the frame, the exhibits, the words."""

from __future__ import annotations

import sys
from pathlib import Path

# For every rerun Streamlit puts the folder of its main script, this one, on sys.path and takes it off again, unless it
# is there already. An import that another thread has under way would then skip a place, and now and then fail.
sys.path.append(str(Path(__file__).resolve().parent))
