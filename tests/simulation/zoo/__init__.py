"""Planted bugs: what other projects shipped, put into our modules in a test's process. Each must be caught.

A simulator that finds nothing proves nothing until it finds these. Product code has no switches for them: a bug is a
patch that lasts as long as its block.
"""

from tests.simulation.zoo import crediting, dispatching, generating, paying, receiving, sending, working
from tests.simulation.zoo.bug import Bug

BUGS: tuple[Bug, ...] = (
    *receiving.BUGS,
    *dispatching.BUGS,
    *sending.BUGS,
    *generating.BUGS,
    *paying.BUGS,
    *crediting.BUGS,
    *working.BUGS,
)
