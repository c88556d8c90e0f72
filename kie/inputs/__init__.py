"""The wizard's view of a model's input: what to ask and in which order, how to read an answer, whether all of it fits.

Pure: a model here is anything with `input` (JSON Schema), `wizard` (what people read about each field) and `pricing`.
"""

from kie.inputs.bad import BadInput
from kie.inputs.checking import check
from kie.inputs.field import Field, Kind
from kie.inputs.whole import answers, complete, fields

__all__ = ["BadInput", "Field", "Kind", "answers", "check", "complete", "fields"]
