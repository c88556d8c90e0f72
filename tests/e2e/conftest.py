"""One running TRT for the tests of this folder."""

from collections.abc import Iterator

import pytest
import requests

from tests.e2e.stack import Person, Stack, free_ports, running


@pytest.fixture(scope="session")
def trt() -> Iterator[Stack]:
    with running(free_ports()) as stack:
        yield stack


@pytest.fixture
def stack(trt: Stack) -> Stack:
    """The running TRT, its peers healthy."""
    for peer in (trt.telegram, trt.kie, trt.yookassa, trt.cryptopay):
        requests.delete(f"{peer}/sandbox/faults", timeout=10)
    return trt


@pytest.fixture
def person(stack: Stack) -> Person:
    """Somebody new, with the demo's 300 rubles."""
    return Person(stack.telegram)
