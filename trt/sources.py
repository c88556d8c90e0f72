"""Where the environment comes from; a bad or missing value is one line that says which, why and what to write.

Sources, first wins: the process environment, `.env`, and what `up` keeps in $TRT_HOME: the secrets that it made in `env`, and
in `peers` all that belongs to the peers that it plays, which is taken as a whole or not at all (trt.joined).
"""

import difflib
import os
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values
from pydantic import ValidationError

from trt.env import DOTENV, HOME, Env
from trt.joined import CREDENTIALS, joined

T = TypeVar("T")
ALSO_READ = ("TRT_HOME", "TRT_ENV_FILE", "TRT_TEST_HOME", "DEMO_ADMIN_PASSWORD")


class BadEnvironment(ValueError):
    """Cannot start with this environment: a line for each bad or missing value."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def load() -> Env:
    """The environment. Raises BadEnvironment."""
    written = given()
    no_address = CREDENTIALS  # a credential of a peer in `env`, as older homes have it
    made = {name: value for name, value in _lines(HOME / "env").items() if name not in {*written, *no_address}}
    values = made | joined(_lines(HOME / "peers"), written)
    try:
        return Env(**{name.lower(): value for name, value in values.items()})  # type: ignore[arg-type]  # texts, as from outside
    except ValidationError as error:
        raise BadEnvironment(_complaints(error)) from None


def read() -> Env:
    """The environment, or exit code 2 with one line for each bad value."""
    return or_exit(load)


def or_exit(do: Callable[[], T]) -> T:
    """What `do` returns; if it raises BadEnvironment, its lines on stderr and exit code 2."""
    try:
        return do()
    except BadEnvironment as bad:
        beside = f"beside an instance with a TRT_HOME of its own, set the same TRT_HOME (now {HOME})"
        sys.stderr.write("\n".join(bad.lines) + f"\nOr start everything with local peers: make run; {beside}\n")
        raise SystemExit(2) from None


def given() -> dict[str, str]:
    """What the person has set, in `.env` or in the environment; empty counts as unset. Raises BadEnvironment."""
    values = {**_lines(DOTENV), **{name: value for name, value in os.environ.items() if value}}
    return {name.upper() if name.lower() in Env.model_fields else name: value for name, value in values.items()}


def misspelt(given: dict[str, str]) -> list[str]:
    """A line for each variable that we do not read but that looks like one which we would, and which is unset."""
    ours = [name.upper() for name in Env.model_fields]
    lines = []
    for name in sorted({*given} - {*ours, *ALSO_READ}):
        in_dotenv = name not in os.environ  # the machine's own variables are many: only a slip of a letter or two
        near = difflib.get_close_matches(name, ours, 1, cutoff=0.75 if in_dotenv else 0.9)
        if near and near[0] not in given:
            lines.append(f"{name} is set, but TRT does not read it. Did you mean {near[0]}?")
    return lines


def stand_in() -> None:
    """Make up what is not set and has to be, for this process: for a command that uses none of it. Raises BadEnvironment."""
    known = {**_lines(HOME / "env"), **_lines(HOME / "peers"), **given()}
    for name, field in Env.model_fields.items():
        if field.is_required() and name.upper() not in known:
            made_up = f"made-up-{name.replace('_', '-')}".ljust(40, "-")
            os.environ[name.upper()] = f"1:{made_up}" if name == "telegram_bot_token" else made_up


def _lines(file: Path) -> dict[str, str]:
    """The variables that a file sets to something; none if there is no such file. Raises BadEnvironment."""
    try:
        return {name: value for name, value in dotenv_values(file).items() if value}
    except (OSError, UnicodeDecodeError) as why:
        raise BadEnvironment([f"{file}: cannot be read ({why}). Write lines of NAME=value, in UTF-8"]) from None


def _complaints(error: ValidationError) -> list[str]:
    """One line a variable: which, why, and what to write. Values themselves are never shown: they may be secrets."""
    lines: dict[str, str] = {}
    for problem in error.errors(include_input=False, include_url=False):
        if not problem["loc"]:  # a rule over several values says it all itself
            return [problem["msg"].removeprefix("Value error, ")]
        name = str(problem["loc"][0])
        field = Env.model_fields[name]
        default = getattr(field.default, "value", field.default)
        write = (field.examples or [default if isinstance(default, str | int | Decimal) else ""])[0]
        lines.setdefault(name, f"{name.upper()}: {_why(problem)}. Write {name.upper()}={write}")
    return list(lines.values())


def _why(problem: Any) -> str:
    """Pydantic's finding in the words of somebody who edits `.env`."""
    facts, kind = problem.get("ctx", {}), problem["type"].removesuffix("_type")
    match kind:
        case "missing":
            return "is not set"
        case "int_parsing" | "int_from_float" | "int_parsing_size":
            return "is not a whole number"
        case "decimal_parsing" | "decimal" | "float_parsing" | "finite_number":
            return "is not a number"
        case "bool_parsing" | "bool":
            return "is neither true nor false"
        case "literal_error":
            return "must be " + facts["expected"].removeprefix("'', ").replace("'", "")
        case "greater_than":
            return f"must be more than {facts['gt']}"
        case "greater_than_equal":
            return f"must be at least {facts['ge']}"
        case "less_than_equal":
            return f"must be at most {facts['le']}"
        case "decimal_max_places":
            return f"must have at most {facts['decimal_places']} decimal places"
    return problem["msg"].removeprefix("Value error, ")
