"""The machine that figures were measured on."""

import os
import platform
from pathlib import Path

import psutil


def described() -> str:
    """One line: system, processor, cores, memory, Python."""
    memory_gb = psutil.virtual_memory().total / 1e9
    return (
        f"machine: {platform.system()} {platform.release()}, {platform.machine()}, {processor()}, "
        f"{os.cpu_count()} cores, {memory_gb:.0f} GB, Python {platform.python_version()}"
    )


def processor() -> str:
    """The processor's name, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor unknown"
    )
