"""KIE's rows, gathered where Django looks for them."""

from kie.catalogue import AIModel, Override, RegistryVersion
from kie.job import Job, JobState

__all__ = ["AIModel", "Job", "JobState", "Override", "RegistryVersion"]
