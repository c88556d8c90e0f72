"""A schema made of parts, in one piece: references put in, `allOf` taken off."""

from typing import Any, Final
from urllib.parse import unquote

from kie.sync.values import as_number
from kie.sync.yaml12 import Malformed

ONE_OF_A_KIND: Final = ("oneOf", "anyOf", "not", "if")  # of two parts both must hold: no one schema of ours says that
SAID_ONCE: Final = ("enum", "const", "items", "pattern", "multipleOf")
# Of two the stricter is the larger, of UPPER the smaller.
LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXCLUSIVE: Final = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


class Joiner:
    """Joins the schemas of one document. `doubts` gathers what does not agree with itself."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self.doubts: list[str] = []

    def merged(self, node: Any, where: str, depth: int = 0) -> dict[str, Any]:
        """The node with its reference and its `allOf` put in. What stands beside a reference goes before it. Raises Malformed."""
        if not isinstance(node, dict):
            raise Malformed(f"{where} is no schema")
        if depth > 20:
            raise Malformed(f"{where} refers to itself")
        own = self._excluded({name: value for name, value in node.items() if name not in {"$ref", "allOf"}}, where)
        parts = [self._referred(node["$ref"], where)] if "$ref" in node else []
        wrapped = node.get("allOf", [])
        if not isinstance(wrapped, list):
            raise Malformed(f"{where}: allOf is no list")
        conditional = [part for part in wrapped if isinstance(part, dict) and "if" in part]
        parts += [part for part in wrapped if part not in conditional]
        for part in parts:
            own = self._joined(self.merged(part, where, depth + 1), own, where)
        return own | ({"allOf": conditional} if conditional else {})

    def _joined(self, base: dict[str, Any], over: dict[str, Any], where: str) -> dict[str, Any]:
        both = base | over
        for name in ("properties", "x-apidog-refs"):
            if isinstance(base.get(name), dict) and isinstance(over.get(name), dict):
                both[name] = base[name] | over[name]
                if twice := [one for one in base[name] if base[name][one] != both[name][one]]:
                    self.doubts.append(f"{where}: {', '.join(twice)} is there twice and differently")
        if isinstance(base.get("required"), list) and isinstance(over.get("required"), list):
            both["required"] = [*base["required"], *over["required"]]
        for word in ONE_OF_A_KIND:
            if word in base and word in over and base[word] != over[word]:
                raise Malformed(f"{where}: two of {word} at once")
        both |= _stricter(base, over)
        if base.get("type", both.get("type")) != both.get("type"):
            self.doubts.append(f"{where} has two types")
        if differing := [word for word in SAID_ONCE if word in base and word in over and base[word] != over[word]]:
            self.doubts.append(f"{where}: {', '.join(differing)} is said twice and differently")
        return both

    def _excluded(self, node: dict[str, Any], where: str) -> dict[str, Any]:
        """OpenAPI 3.0 says by true or false whether the limit beside it is itself excluded."""
        for word, limit in EXCLUSIVE.items():
            if isinstance(node.get(word), bool):
                excluded = node[word]
                node = {name: value for name, value in node.items() if name != word}
                if excluded and node.get(limit) is None:
                    self.doubts.append(f"{where}: {word} of no {limit}")
                elif excluded:
                    node[word] = node.pop(limit)
        return node

    def _referred(self, ref: Any, where: str) -> Any:
        if not isinstance(ref, str) or not ref.startswith("#/"):
            raise Malformed(f"{where} refers to what is not on the page")
        node: Any = self._root
        for part in ref[2:].split("/"):
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or (name not in node and name.strip() not in node):
                raise Malformed(f"{where} refers to {ref}, which is not there")
            node = node[name if name in node else name.strip()]
        return node


def _stricter(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Of the limits that both set the stricter ones: both must hold."""
    limits: dict[str, Any] = {}
    for words, choose in ((LOWER, max), (UPPER, min)):
        for word in words:
            said = [number for part in (base, over) if (number := as_number(part.get(word))) is not None]
            if len(said) == 2:
                limits[word] = choose(said)
    return limits
