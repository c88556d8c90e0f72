"""A whole TRT in one Python process, on a real PostgreSQL, under a clock and a luck that come from one number.

Six processes of ours (web, bot, worker, two of each) run the real step functions; people write, tap and pay; Telegram
and KIE answer, or do not. The seed decides who acts next, what is lost, doubled or late, and who is killed between
which two statements. One seed is one history, byte for byte, so a history that breaks a promise can be replayed.

    python -m tests.simulation --seed 17 --verbose      one history, told line by line
    python -m tests.simulation --seeds 0-19999 --jobs 2  many; stops at the first that fails (`make soak`)
    python -m tests.simulation --zoo                     every planted bug, and how many seeds it takes to catch it

How to read it: `world` (who acts next) → `process`, `connection` (where one may be interrupted) → `actors` (what our
processes do) → `people`, `peers` (what everybody else does) → `faults`, `fates` (what goes wrong) → `checks` (what must hold)
→ `zoo` (bugs of other projects that the checks must find) → `ground`, `runner` (the stage and the series).
"""
