"""`python -m tests.simulation`."""

from trt.testing import environment

environment()  # before Django's settings are read

import sys  # noqa: E402

from tests.simulation.cli import main  # noqa: E402

if __name__ == "__main__":  # a process of the pool imports this module too
    sys.exit(main(sys.argv[1:]))
