"""The science of DDPM Lab: torch and NumPy, usable from a notebook, without the app."""

import os

# OpenMP's threads spin while they wait for each other. On a machine that also draws a page or runs a browser the one
# they wait for is not running, and training slows five-fold (102 against 579 pictures/s on two cores); asleep they
# cost nothing there. Read once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
