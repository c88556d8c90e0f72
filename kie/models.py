"""KIE's rows, gathered where Django looks for them."""

from kie.breaker import Breaker
from kie.catalogue import AIModel, Override, RegistryVersion
from kie.durations import Duration
from kie.job import Job, JobState

__all__ = ["AIModel", "Breaker", "Duration", "Job", "JobState", "Override", "RegistryVersion"]
