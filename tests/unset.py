"""The environment of a process that knows nothing of the tests' own."""

from typing import Final

from trt.env import Env

UNSET: Final = {name.upper(): "" for name in Env.model_fields}
