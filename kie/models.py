"""KIE's rows, gathered where Django looks for them."""

from kie.catalogue import AIModel, Override, RegistryVersion

__all__ = ["AIModel", "Override", "RegistryVersion"]
