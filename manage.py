#!/usr/bin/env python3
"""The one entry point: Django's commands, and some that run without Django because they only look after other processes."""

import os
import sys


def main() -> int | None:
    """Run the command that was asked for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trt.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command == "up":
        from trt.up import main as up

        return up(sys.argv[2:])
    if command == "drill":
        from trt.drill import main as drill

        return drill(sys.argv[2:])
    if command == "sandbox":
        from trt.up.peers import exec_sandbox

        return exec_sandbox(sys.argv[2:])
    if command == "test":
        from trt.testing import main as test

        return test(sys.argv[2:])
    from trt import database, env

    if command in database.NEED_IT and not {"-h", "--help"} & {*sys.argv}:
        env.or_exit(lambda: database.require(env.load()))
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
    return None


if __name__ == "__main__":
    sys.exit(main())
