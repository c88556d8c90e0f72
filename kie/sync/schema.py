"""A published schema as clean JSON Schema: references put in, wrappers taken off, the publisher's noise left out, names trimmed.

A key of a schema that JSON Schema does not know and that holds a mapping is a property that slipped in by a lost line: Malformed,
like everything else that cannot be what KIE meant. What merely disagrees with itself is a doubt of the Reader's, for review.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from kie.sync.joined import Joiner
from kie.sync.values import as_number, fits, guessed, main, of_type, plain
from kie.sync.yaml12 import Malformed, as_written

TYPES: Final = {"string", "integer", "number", "boolean", "array", "object", "null"}
SPELLED: Final = {
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "bool": "boolean",
    "str": "string",
    "list": "array",
    **{f"enum<{name}>": name for name in ("string", "integer", "number", "boolean")},  # Mintlify's
}
NUMBERS: Final = ("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum")
SIZES: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
LIMITED: Final = {  # by a limit: which types; None: a schema of several
    **dict.fromkeys(NUMBERS, ("integer", "number", None)),
    **dict.fromkeys(("minLength", "maxLength"), ("string", None)),
    **dict.fromkeys(("minItems", "maxItems"), ("array", None)),
    **dict.fromkeys(("minProperties", "maxProperties"), ("object", None)),
}
PAIRS: Final = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))
KEPT: Final = ("format", "pattern", "title", "uniqueItems", "const", "deprecated", "if", "then", "else", "not")
READ: Final = {"type", "enum", "default", "description", "items", "properties", "required", "oneOf", "anyOf", "allOf", "$ref", "nullable", "requiredProperties"}  # fmt: skip
DROPPED: Final = {"example", "examples", "readOnly", "writeOnly", "xml", "externalDocs", "additionalProperties", "discriminator", "$schema", "$id", "$comment", "$defs", "definitions", "refIdentifier", "patternProperties", "propertyNames", "contentMediaType", "contentEncoding", "allowEmptyValue"}  # fmt: skip
KNOWN: Final = {*NUMBERS, *SIZES, *KEPT, *READ, *DROPPED}
FOLDED: Final = re.compile(r"\s- |\n")  # a line of a list that was indented too far goes on with the one before
NAME: Final = re.compile(r"[A-Za-z_$][\w.$-]*")
ULID: Final = re.compile(r"01[0-9A-Z]{4,24}")  # what stands in `x-apidog-orders` for a reference
SAID_BY_A_NAME: Final = {"type", "format", "x-media"}  # what nobody has to write for a property to have it
MOST: Final = 4000  # schemas in one input
DEEPEST: Final = 40  # one in another: one that refers to itself has no end


class Reader(Joiner):
    """Reads the schemas of one document. `doubts` gathers what does not agree with itself."""

    def __init__(self, root: dict[str, Any]) -> None:
        super().__init__(root)
        self._seen = self._depth = 0

    def clean(self, node: Any, where: str, *, within_typed: bool = False) -> dict[str, Any]:
        """The schema at `where` (a name for people); `within_typed`: a branch of one that has a type. Raises Malformed."""
        self._seen += 1
        if self._seen > MOST:
            raise Malformed("more schemas than an input can have")
        if self._depth > DEEPEST:
            raise Malformed(f"{where.split('.')[0]} has no end: it refers to itself")
        self._depth += 1
        try:
            return self._cleaned(self.merged(node, where), where, within_typed=within_typed)
        finally:
            self._depth -= 1

    def _cleaned(self, node: dict[str, Any], where: str, *, within_typed: bool) -> dict[str, Any]:
        self._check_words(node, where)
        schema: dict[str, Any] = {}
        self._type(node, schema, where, within_typed=within_typed)
        self._text(node, schema)
        for name in KEPT:
            if name in node:
                schema[name] = plain(node[name])
        if "format" in schema and main(schema.get("type")) == "array":
            self.doubts.append(f"{where}: a list has no format")
        self._choices(node, schema, where)
        self._numbers(node, schema, where)
        self._inside(node, schema, where)
        self._default(node, schema, where)
        return schema

    def _check_words(self, node: dict[str, Any], where: str) -> None:
        for word, value in node.items():
            if word in KNOWN or word.startswith("x-"):
                continue
            if isinstance(value, dict):
                raise Malformed(f"{where}: {word!r} is no word of a schema: a line is lost or shifted")
            self.doubts.append(f"{where}: the word {word!r} is not understood")

    def _type(self, node: dict[str, Any], schema: dict[str, Any], where: str, *, within_typed: bool) -> None:
        said = node.get("type")
        types = [said] if isinstance(said, str) else said
        if said is None or said == "any":
            likely = guessed(node)
            types = [likely] if likely else []
            if said is None and not within_typed and not {"oneOf", "anyOf"} & node.keys():
                self.doubts.append(f"{where} has no type")
        if not isinstance(types, list) or not all(isinstance(one, str) for one in types):
            raise Malformed(f"{where}: the type is no word")
        types = [SPELLED.get(one.strip().lower(), one.strip().lower()) for one in types]
        if strange := [one for one in types if one not in TYPES]:
            raise Malformed(f"{where}: there is no type {strange[0]!r}")
        if node.get("nullable") is True and "null" not in types:
            types.append("null")
        if types:
            schema["type"] = types[0] if len(types) == 1 else types

    @staticmethod
    def _text(node: dict[str, Any], schema: dict[str, Any]) -> None:
        text = node.get("description")
        if isinstance(text, str) and text.strip():
            schema["description"] = text.strip()

    def _choices(self, node: dict[str, Any], schema: dict[str, Any], where: str) -> None:
        if "enum" not in node:
            return
        values = node["enum"]
        if not isinstance(values, list) or not values or any(isinstance(one, (dict, list)) for one in values):
            raise Malformed(f"{where}: the enumeration is no list of values")
        allowed = fits(None, schema.get("type"))
        members = [of_type(value, schema.get("type")) for value in values if value is not None or allowed]
        if len(members) < len(values):
            self.doubts.append(f"{where}: null is a choice and not of its type")
        if not members:
            raise Malformed(f"{where}: the enumeration is no list of values")
        once = list(dict.fromkeys((type(one), one) for one in members))
        if len(once) < len(members):
            self.doubts.append(f"{where}: a choice is listed twice")
        schema["enum"] = [one for _kind, one in once]
        if main(schema.get("type")) == "string" and any(isinstance(one, bool) for one in values):
            self.doubts.append(f"{where}: true or false among its texts, and nobody knows how they are written")
        if any(isinstance(one, str) and FOLDED.search(one) for one in schema["enum"]):
            self.doubts.append(f"{where}: two choices in one")
        schema.pop("format", None)
        if any(not fits(one, schema.get("type")) for one in schema["enum"]):
            self.doubts.append(f"{where}: choices that are not of its type")
        also = [one.get("value") for one in _list(node.get("x-apidog-enum")) if isinstance(one, dict)]
        if also and {str(as_written(one)) for one in also} != {str(as_written(one)) for one in values}:
            self.doubts.append(f"{where}: its two lists of choices differ")

    def _numbers(self, node: dict[str, Any], schema: dict[str, Any], where: str) -> None:
        for name in (*NUMBERS, *SIZES):
            if node.get(name) is None:
                continue
            number = as_number(node[name])
            if number is None or (name in SIZES and (number < 0 or number != int(number))):
                raise Malformed(f"{where}: {name} is no number")
            if main(schema.get("type")) not in LIMITED[name]:
                self.doubts.append(f"{where}: {name} limits nothing of its type")
                continue
            schema[name] = int(number) if name in SIZES else number
        for low, high in PAIRS:
            if low in schema and high in schema and schema[low] > schema[high]:
                self.doubts.append(f"{where}: {low} is over {high}")
                del schema[low], schema[high]

    def _inside(self, node: dict[str, Any], schema: dict[str, Any], where: str) -> None:
        node = _fitting(node, main(schema.get("type")), where)
        if "items" in node:
            schema["items"] = self.clean(node["items"], f"{where}[]")
        elif schema.get("type") == "array":
            self.doubts.append(f"{where}: nobody says what is in the list")
        for name in ("oneOf", "anyOf"):
            if name in node:
                branches = node[name]
                if not isinstance(branches, list) or not branches:
                    raise Malformed(f"{where}: {name} is no list")
                typed = "type" in schema  # then a branch need not say it again
                schema[name] = [
                    self.clean(one, f"{where} {name} {number}", within_typed=typed)
                    for number, one in enumerate(branches, 1)
                ]
        if "allOf" in node:
            schema["allOf"] = plain(node["allOf"])
        if "properties" in node or "x-apidog-refs" in node:
            self._properties(node, schema, where)
            self._branches(schema, where)
        elif isinstance(node.get("required"), list) and node["required"]:
            self._required(node, schema, where, [])

    def _branches(self, schema: dict[str, Any], where: str) -> None:
        """What a branch says again of a property beside it: Apidog puts a bare string there for every name that a branch requires, be
        it a list. The property's own word holds, or no input could be right.
        """
        known = schema["properties"]
        for branch in [*schema.get("oneOf", ()), *schema.get("anyOf", ())]:
            told = branch.get("properties", {})
            for name in [one for one in told if one in known]:  # in their order: doubts are part of a fingerprint
                is_bare = told[name].keys() <= SAID_BY_A_NAME
                differs = main(told[name].get("type")) != main(known[name].get("type"))
                if differs and not is_bare:
                    self.doubts.append(f"{where}: {name} is of another type in a branch")
                if differs or is_bare:
                    del told[name]
            if "properties" in branch and not told:
                del branch["properties"]
            if branch.keys() == {"type", "required"} and branch["type"] == schema.get("type"):
                del branch["type"]

    def _properties(self, node: dict[str, Any], schema: dict[str, Any], where: str) -> None:
        given = node.get("properties", {})
        if not isinstance(given, dict):
            raise Malformed(f"{where}: properties are no mapping")
        found = given | self._of_references(node, given, where)
        properties: dict[str, Any] = {}
        needed: list[str] = []
        for raw, part in found.items():
            name = raw.strip()
            if not name or not isinstance(part, dict):
                raise Malformed(f"{where}: {raw!r} is no property: a line is lost or shifted")
            if name in properties:
                self.doubts.append(f"{where}: {name} is there twice")
                continue
            if not NAME.fullmatch(name):
                self.doubts.append(f"{where}: {name} is an odd name")
            properties[name] = self.clean(part, name if where == "input" else f"{where}.{name}") | (
                {"x-name": raw} if raw != name else {}
            )
            needed += [name] if part.get("required") is True else []
        self._check_order(node, properties, where)
        schema["properties"] = {name: properties[name] for name in _ordered(node, properties)}
        self._required(node, schema, where, needed)

    def _of_references(self, node: dict[str, Any], given: dict[str, Any], where: str) -> dict[str, Any]:
        """Properties that stand only in what `x-apidog-refs` point to: real inputs, too."""
        more: dict[str, Any] = {}
        refs = node.get("x-apidog-refs")
        for one in refs.values() if isinstance(refs, dict) else ():
            if isinstance(one, dict) and "$ref" in one:
                inside = self.merged(one, where).get("properties")
                more |= {name: part for name, part in (inside or {}).items() if name not in given}
        return more

    def _check_order(self, node: dict[str, Any], properties: dict[str, Any], where: str) -> None:
        order = [str(one).strip() for one in _list(node.get("x-apidog-orders"))]
        named = {one for one in order if not ULID.fullmatch(one)}
        known = {*properties, *(str(one).strip() for one in _list(node.get("x-apidog-ignore-properties")))}
        whole = order and len(named) == len(order)
        if missing := named - known:
            self.doubts.append(f"{where}: {', '.join(sorted(missing))} has a place and is not there")
        if whole and (more := properties.keys() - named):
            self.doubts.append(f"{where}: {', '.join(sorted(more))} has no place in the order")

    def _required(self, node: dict[str, Any], schema: dict[str, Any], where: str, needed: list[str]) -> None:
        said = node.get("requiredProperties", node.get("required", []))
        if isinstance(said, bool):
            said = []
        if not isinstance(said, list) or any(not isinstance(one, str) for one in said):
            raise Malformed(f"{where}: what is required is no list of names")
        names = [one.strip() for one in said]
        if len(set(names)) < len(names):
            self.doubts.append(f"{where}: something is required twice")
        names = list(dict.fromkeys([*names, *needed]))
        if "properties" in schema and (strangers := [one for one in names if one not in schema["properties"]]):
            self.doubts.append(f"{where}: {', '.join(strangers)} is required and is not there")
            names = [one for one in names if one in schema["properties"]]
        if names:
            schema["required"] = names

    def _default(self, node: dict[str, Any], schema: dict[str, Any], where: str) -> None:
        if node.get("default") is None:
            return
        value = of_type(node["default"], schema.get("type"))
        if "enum" in schema and value not in schema["enum"]:
            value = next((one for one in schema["enum"] if str(one) == str(value)), value)
        if fits(value, schema.get("type")) and ("enum" not in schema or value in schema["enum"]):
            schema["default"] = value
        elif value != "":  # an empty field of the publisher's form
            self.doubts.append(f"{where}: its default {value!r} is not one of its values")


def _fitting(node: dict[str, Any], type_: Any, where: str) -> dict[str, Any]:
    """Without what an editor leaves empty after a change of type. Raises Malformed where something stands in it."""
    for word, of in (("items", "array"), ("properties", "object")):
        if type_ in {None, of} or word not in node:
            continue
        if node[word]:
            raise Malformed(f"{where}: {word} of a {type_}")
        node = {name: value for name, value in node.items() if name != word}
    return node


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _ordered(node: dict[str, Any], properties: dict[str, Any]) -> Iterator[str]:
    """Names in the order of the publisher's form, the others where they stand."""
    order = [str(one).strip() for one in _list(node.get("x-apidog-orders"))]
    placed = [name for name in order if name in properties]
    yield from dict.fromkeys([*placed, *properties])
