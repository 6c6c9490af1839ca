# SPDX-License-Identifier: MIT
"""The model behind our grammar tables against the complete grammars that EXIficient made of the same schemas:
state by state, production by production, from every message down, lists unrolled to their bounds."""
import json
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("WATTWARD_DATA", ROOT.parent / "shared" / "data"))
sys.path.insert(0, str(ROOT / "scripts"))
sys.dont_write_bytecode = True
gen_exi = pytest.importorskip("gen_exi")
from exi_schema import UNBOUNDED, ComplexType  # noqa: E402

FILES = {
    "sap": "sap", "din": "din", "iso2": "iso2", "iso20": "iso20", "iso20_ac": "iso20ac",
    "iso20_dc": "iso20dc", "iso20_acdp": "iso20acdp", "iso20_wpt": "iso20wpt",
}  # fmt: skip


class Grammars:
    def __init__(self, path):
        data = json.loads(path.read_text())
        self.names = {
            (context["uriID"], q["localNameID"]): q["localName"]
            for context in data["qnames"]["namespaceContext"]
            for q in context["qnameContext"]
        }
        self.states = {int(g["grammarID"]): g["production"] for g in data["grs"]["grammar"]}
        self.types = {int(g["grammarID"]): g["type"] for g in data["grs"]["grammar"]}

    def state(self, kind):
        return next(i for i, t in self.types.items() if t == kind)

    def label(self, production):
        event = production["event"]
        for part in ("startElement", "attribute"):
            if part + "LocalNameID" in production:
                return part, self.names[production[part + "NamespaceID"], production[part + "LocalNameID"]]
        return (event, "")


def labels_of(slot):
    if slot.kind == "attribute":
        return [("attribute", slot.name)]
    if slot.kind == "text":
        return [("characters", "")]
    return [("startElement", a.name) if a.name else ("startElementGeneric", "") for a in slot.alternatives]


def expected(type_, i, count):
    """Productions of the state before slot i, after `count` items of it; and where each leads."""
    result = []
    slots = type_.slots
    while i < len(slots):
        slot = slots[i]
        if count < slot.high or slot.high == UNBOUNDED:
            later = min(count + 1, slot.low + 1) if slot.high == UNBOUNDED else count + 1
            for label, one in zip(labels_of(slot), slot.alternatives):
                result.append((label, one, (i, later) if slot.high > 1 else (i + 1, 0)))
        if count < slot.low:
            return result
        i, count = i + 1, 0
    result.append((("endElement", ""), None, None))
    if type_.mixed:
        result.append((("charactersGeneric", ""), None, None))
    return result


def compare(grammars, type_, start):
    """Walks both from a type's first state; yields the complex elements below."""
    todo, seen = [((0, 0), start)], set()
    while todo:
        place, state = todo.pop()
        if (place, state) in seen:
            continue
        seen.add((place, state))
        ours = expected(type_, *place)
        theirs = grammars.states[state]
        assert [label for label, _, _ in ours] == [grammars.label(p) for p in theirs], (type_.name, place)
        for (_, one, following), production in zip(ours, theirs):
            if following is not None and one.type is not None:  # what we refuse leads nowhere
                todo.append((following, production["nextGrammarID"]))
            if one is not None and isinstance(one.type, ComplexType) and "startElementGrammarID" in production:
                yield one.type, production["startElementGrammarID"]
    yield None, len(seen)


@pytest.fixture(scope="module")
def schemas():
    if not (DATA / "v2g" / "grammars").is_dir() or not gen_exi.XSD.is_dir():
        pytest.skip("the schemas and grammars are not here")
    return {module.name: schema for module, schema in gen_exi.schema_sets()}


@pytest.mark.parametrize("module", FILES)
def test_every_state_has_the_productions_that_exificient_found(schemas, module):
    grammars = Grammars(DATA / "v2g" / "grammars" / f"{FILES[module]}.grammars.json")
    schema = schemas[module]
    document = grammars.states[grammars.state("docContent")]
    fragment = grammars.states[grammars.state("fragmentContent")]
    assert len(document) == len(schema.elements) + 1
    assert len(fragment) == len(schema.qnames) + 2
    for qname in schema.qnames:
        assert grammars.label(fragment[schema.fragment_code(qname)]) == ("startElement", qname[1])
    todo, seen, states = [], set(), 0
    for qname in schema.elements:
        production = document[schema.document_code(qname)]
        assert grammars.label(production) == ("startElement", qname[1])
        element = schema.global_element(qname) if "xmldsig" not in qname[0] else None
        if element is not None and isinstance(element.type, ComplexType):
            todo.append((element.type, production["startElementGrammarID"]))
    while todo:
        type_, start = todo.pop()
        if (id(type_), start) in seen:
            continue
        seen.add((id(type_), start))
        for below, where in compare(grammars, type_, start):
            if below is None:
                states += where
            else:
                todo.append((below, where))
    assert len(seen) > 2 and states > len(seen)
    print(f"{module}: {len(seen)} types, {states} states")
