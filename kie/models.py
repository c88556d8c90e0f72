"""KIE's rows, gathered where Django looks for them."""

from kie.catalogue import AIModel, Override, RegistryVersion
from kie.job import Job, JobState
from kie.pause import Charge, Pause
from kie.rate import DollarRate
from kie.tariff import Tariff

__all__ = ["AIModel", "Charge", "DollarRate", "Job", "JobState", "Override", "Pause", "RegistryVersion", "Tariff"]
