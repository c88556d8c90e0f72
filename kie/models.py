"""KIE's rows, gathered where Django looks for them."""

from kie.balance import Balance
from kie.breaker import Breaker
from kie.catalogue import AIModel, Override, RegistryVersion
from kie.durations import Duration
from kie.job import Job, JobState
from kie.pause import Charge, Pause
from kie.rate import DollarRate
from kie.sync.syncrun import SyncRun, SyncState
from kie.tariff import Tariff

__all__ = [
    "AIModel", "Balance", "Breaker", "Charge", "DollarRate", "Duration", "Job", "JobState", "Override", "Pause", "RegistryVersion", "SyncRun", "SyncState",
    "Tariff",
]  # fmt: skip
