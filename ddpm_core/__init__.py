"""The science of DDPM Lab: torch and NumPy, usable from a notebook, without the app."""

import os

# OpenMP's threads spin while they wait for each other. On a machine that also draws a page or runs a browser, the one
# they wait for may not be running. So they go to sleep soon; asleep at once, waking would cost a quarter of the speed
# (docs/decisions/0002). Both are read once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
