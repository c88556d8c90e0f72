#!/usr/bin/env python3
"""The one entry point: Django's commands, and some that run without Django because they only look after other processes."""

import os
import sys

WITHOUT_DJANGO = {
    "up": "everything: web, bot, worker, and a local peer for each credential that is missing",
    "drill": "restarts under synthetic load, on a stack of its own: what they cost people",
    "sandbox": "the local Telegram and KIE alone",
    "test": "pytest, on a PostgreSQL of its own; takes pytest's arguments",
}
HELP = {"help", "-h", "--help"}


def main() -> int | None:
    """Run the command that was asked for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trt.settings")
    command, *arguments = sys.argv[1:] or ["help"]
    if command == "help" and arguments and arguments[0] in WITHOUT_DJANGO:
        command, arguments = arguments[0], ["--help"]
    if command in WITHOUT_DJANGO:
        return run(command, arguments)
    if command in HELP and not arguments:  # first: Django's own list wants an environment in which no value is wrong
        width = max(map(len, WITHOUT_DJANGO))
        lines = [f"    {name:<{width}}  {what}\n" for name, what in WITHOUT_DJANGO.items()]
        sys.stdout.write("".join(["Of TRT as a whole:\n", *lines]))
        sys.stdout.flush()
    from trt import database, sources

    asks = command in HELP or {"-h", "--help"} & {*arguments}
    if asks or (command == "kie_sync" and any(one.startswith("--from-dir") for one in arguments)):
        sources.or_exit(sources.stand_in)  # help uses no credential, nor do saved pages that are compared with a file
    elif command in database.NEED_IT:
        sources.or_exit(lambda: database.require(sources.load()))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return None


def run(command: str, arguments: list[str]) -> int:
    """A command that needs no Django; its exit code."""
    if command == "up":
        from trt.up import main as up

        return up(arguments)
    if command == "drill":
        from trt.drill import main as drill

        return drill(arguments)
    if command == "sandbox":
        from trt.up.peers import exec_sandbox

        return exec_sandbox(arguments)
    from trt.testing import main as test

    return test(arguments)


if __name__ == "__main__":
    sys.exit(main())
