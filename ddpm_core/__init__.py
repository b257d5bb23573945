"""The science of DDPM Lab: torch and NumPy, usable from a notebook, without the app."""

import os

# OpenMP's threads spin while they wait for each other. On a machine that also draws a page or runs a browser the one
# they wait for is not running, and training slows three-fold (98 against 300 pictures/s on two cores, one of them
# busy). Read once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
