"""Reads the XML schemas of ISO 15118 and DIN 70121 into the model that gen_exi.py turns into tables.

Only what those schemas use is understood; anything else stops the generator, so that a silent
misreading is not possible. EXI 1.0 (second edition) sections 8.4 and 8.5.4 say how a schema becomes
a grammar; the numbering of elements (by local name, then namespace) is in 8.5.1 and 8.5.2.
"""
import dataclasses
import pathlib
import xml.etree.ElementTree as ElementTree

XS = "{http://www.w3.org/2001/XMLSchema}"
XSD = "http://www.w3.org/2001/XMLSchema"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
# ISO 15118-2 forbids these two in a signature, and nobody sends them: their event codes are counted,
# their content is refused.
REFUSED = {(DSIG, "KeyInfo"), (DSIG, "Object")}
UNBOUNDED = 65535
# Longer than the schema says, because it is sent: an eMA ID with its separators (DE-VAN-C00000001-6).
LONGER = {("urn:iso:15118:2:2013:MsgDataTypes", "eMAIDType"): 18}

RANGES = {
    "byte": (-(2**7), 2**7 - 1),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsignedByte": (0, 2**8 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "integer": (None, None),
}
STRINGS = {"string", "anyURI", "ID", "IDREF", "NCName", "token"}


@dataclasses.dataclass(frozen=True)
class Datatype:
    """A simple type as EXI codes it (section 7.1)."""

    kind: str  # bool enum nbit int uint big text hex base64
    width: int = 0  # bits of the C integer
    signed: bool = False
    low: int = 0
    count: int = 0  # values of an enumeration or a bounded integer
    max_len: int = UNBOUNDED
    name: str = ""  # of an enumeration
    namespace: str = ""
    values: tuple = ()


@dataclasses.dataclass(eq=False)
class Alternative:
    """One element that a slot admits."""

    name: str
    namespace: str
    type: object  # Datatype, ComplexType, or None where its content is refused
    abstract: bool = False


@dataclasses.dataclass(eq=False)
class Slot:
    kind: str  # element choice attribute text wildcard
    alternatives: list
    low: int = 1
    high: int = 1
    head: str = ""  # of a substitution group

    @property
    def name(self):
        return self.alternatives[0].name

    @property
    def namespace(self):
        return self.alternatives[0].namespace

    @property
    def type(self):
        return self.alternatives[0].type


@dataclasses.dataclass(eq=False)
class ComplexType:
    name: str
    namespace: str
    abstract: bool
    mixed: bool
    slots: list = dataclasses.field(default_factory=list)


class SchemaError(Exception):
    pass


def bits_for(n):
    """The width of an event code among n productions and the escape: ceil(log2(n + 1))."""
    return n.bit_length()


class Schema:
    """All files that form one grammar."""

    def __init__(self, files):
        self.elements, self.types, self.attributes = {}, {}, {}
        self.qualified = {}
        self.qnames, self.attribute_qnames = {}, set()
        self.members = {}
        self._complex, self._simple = {}, {}
        self._roots = [ElementTree.parse(path).getroot() for path in files]
        for path, root in zip(files, self._roots):
            self._index(pathlib.Path(path), root)
        for root in self._roots:
            self._collect(root)

    def _index(self, path, root):
        target = root.get("targetNamespace")
        prefixes = {"": ""}
        for _, (prefix, uri) in ElementTree.iterparse(path, events=["start-ns"]):
            prefixes[prefix] = uri
        root.set("_prefixes", prefixes)
        self.qualified[target] = (
            root.get("elementFormDefault") == "qualified",
            root.get("attributeFormDefault") == "qualified",
        )
        for node in root:
            name = node.get("name")
            if node.tag == XS + "element":
                self.elements[target, name] = (root, node)
                head = node.get("substitutionGroup")
                if head:
                    self.members.setdefault(self._qname(root, head), []).append((target, name))
            elif node.tag in (XS + "complexType", XS + "simpleType"):
                self.types[target, name] = (root, node)

    @staticmethod
    def _qname(root, text):
        prefixes = root.get("_prefixes")
        if ":" in text:
            prefix, text = text.split(":")
            return prefixes[prefix], text
        return prefixes[""], text

    def _collect(self, root):
        """Every element and attribute name declared anywhere: the fragment grammar numbers them."""
        target = root.get("targetNamespace")
        elements_qualified, attributes_qualified = self.qualified[target]
        globals_ = set(map(id, root))
        for node in root.iter(XS + "element"):
            if node.get("name"):
                qualified = id(node) in globals_ or elements_qualified
                qname = (target if qualified else "", node.get("name"))
                self.qnames.setdefault(qname, set()).add(self._type_key(root, node))
        for node in root.iter(XS + "attribute"):
            if node.get("name"):
                self.attribute_qnames.add((target if attributes_qualified else "", node.get("name")))

    def _type_key(self, root, node):
        return self._qname(root, node.get("type")) if node.get("type") else id(node)

    # Numbers -------------------------------------------------------------------------------------

    @staticmethod
    def _sorted(qnames):
        return sorted(qnames, key=lambda q: (q[1], q[0]))

    def document_code(self, qname):
        return self._sorted(self.elements).index(qname)

    def document_bits(self):
        return bits_for(len(self.elements) + 1)

    def fragment_code(self, qname):
        return self._sorted(self.qnames).index(qname)

    def fragment_bits(self):
        return bits_for(len(self.qnames) + 2)

    def relaxed(self, qname):
        """The relaxed element fragment grammar (8.5.3), of a name that stands for several types.

        Returns the code of attribute Id, its width, the code of CH in the same state, then code and
        width of EE in the state after it; None where the name has one type."""
        if len(self.qnames[qname]) == 1:
            return None
        attributes = self._sorted(self.attribute_qnames)
        here = [q for q in attributes if q[1] == "Id" and q[0] == qname_namespace_of_types(self, qname)]
        first = len(attributes) + 1 + len(self.qnames) + 3
        return {
            "attribute": attributes.index(here[0]),
            "bits": bits_for(first),
            "text": first - 1,
            "end": len(self.qnames) + 1,
            "end_bits": bits_for(len(self.qnames) + 3),
        }

    # Types ---------------------------------------------------------------------------------------

    def element_type(self, root, node):
        """Datatype or ComplexType of an element or attribute declaration."""
        if node.get("type"):
            return self.type_of(self._qname(root, node.get("type")))
        inner = node.find(XS + "complexType")
        if inner is not None:
            return self._complex_type(root, inner, node.get("name"))
        inner = node.find(XS + "simpleType")
        if inner is None:
            raise SchemaError(f"element {node.get('name')} without a type")
        return self._simple_type(root, inner)

    def type_of(self, qname):
        if qname[0] == XSD:
            return builtin(qname[1])
        if qname not in self.types:
            raise SchemaError(f"no type {qname}")
        root, node = self.types[qname]
        if node.tag == XS + "simpleType":
            return self._simple_type(root, node)
        return self._complex_type(root, node, node.get("name"))

    def _simple_type(self, root, node):
        if id(node) in self._simple:
            return self._simple[id(node)]
        restriction = node.find(XS + "restriction")
        if restriction is None:
            raise SchemaError(f"simple type {node.get('name')} is no restriction")
        base = self.type_of(self._qname(root, restriction.get("base")))
        result = restrict(base, restriction, node.get("name") or "", root.get("targetNamespace"))
        self._simple[id(node)] = result
        return result

    def _complex_type(self, root, node, name):
        if id(node) in self._complex:
            return self._complex[id(node)]
        result = ComplexType(
            name, root.get("targetNamespace"), node.get("abstract") == "true", node.get("mixed") == "true"
        )
        self._complex[id(node)] = result
        attributes, content = self._content(root, node)
        attributes.sort(key=lambda slot: (slot.name, slot.namespace))
        result.slots = attributes + content
        return result

    def _content(self, root, node):
        attributes, content = [], []
        for child in node:
            if child.tag == XS + "attribute":
                attributes.append(self._attribute(root, child))
            elif child.tag in (XS + "sequence", XS + "choice"):
                content += self._group(root, child)
            elif child.tag in (XS + "complexContent", XS + "simpleContent"):
                inner = child.find(XS + "extension")
                if inner is None:
                    raise SchemaError("a restriction of a complex type")
                base = self.type_of(self._qname(root, inner.get("base")))
                if isinstance(base, Datatype):
                    content.append(Slot("text", [Alternative("", "", base)]))
                else:
                    attributes += [s for s in base.slots if s.kind == "attribute"]
                    content += [s for s in base.slots if s.kind != "attribute"]
                more_attributes, more = self._content(root, inner)
                attributes += more_attributes
                content += more
            elif child.tag != XS + "annotation":
                raise SchemaError(f"{child.tag} in a complex type")
        return attributes, content

    def _attribute(self, root, node):
        target = root.get("targetNamespace")
        namespace = target if self.qualified[target][1] else ""
        low = 1 if node.get("use") == "required" else 0
        type_ = self.element_type(root, node)
        return Slot("attribute", [Alternative(node.get("name"), namespace, type_)], low, 1)

    @staticmethod
    def _occurs(node):
        high = node.get("maxOccurs", "1")
        return int(node.get("minOccurs", "1")), UNBOUNDED if high == "unbounded" else int(high)

    def _group(self, root, node):
        low, high = self._occurs(node)
        if node.tag == XS + "sequence" and (low, high) == (1, 1):
            return [slot for child in node for slot in self._particle(root, child)]
        if node.tag == XS + "choice" and high == 1:
            inner = [slot for child in node for slot in self._particle(root, child)]
            if any(s.kind not in ("element", "choice") or (s.low, s.high) != (1, 1) for s in inner):
                raise SchemaError("a choice of more than single elements")
            alternatives = [a for s in inner for a in s.alternatives]
            return [Slot("choice", alternatives, low, high)]
        return self._repeated_group(root, node)

    def _repeated_group(self, root, node):
        """(element | any)* of a Transform, any* of an Object: named elements first, then the wildcard
        (8.5.4.1.8), each as often as one likes, since whatever follows is refused anyway."""
        slots = []
        for child in node:
            if child.tag not in (XS + "element", XS + "any", XS + "choice"):
                raise SchemaError(f"a repeated group with {child.tag}")
            for slot in self._particle(root, child) if child.tag != XS + "choice" else []:
                slot.low, slot.high = 0, UNBOUNDED
                slots.append(slot)
        return sorted(slots, key=lambda s: s.kind == "wildcard")

    def _particle(self, root, node):
        if node.tag in (XS + "sequence", XS + "choice"):
            return self._group(root, node)
        if node.tag == XS + "any":
            return [Slot("wildcard", [Alternative("", "", None)], *self._occurs(node))]
        if node.tag != XS + "element":
            raise SchemaError(f"{node.tag} as a particle")
        low, high = self._occurs(node)
        if not node.get("ref"):
            target = root.get("targetNamespace")
            namespace = target if self.qualified[target][0] else ""
            one = Alternative(node.get("name"), namespace, self.element_type(root, node))
            return [Slot("element", [one], low, high)]
        qname = self._qname(root, node.get("ref"))
        alternatives = self._substitutes(qname)
        if len(alternatives) == 1:
            kind = "wildcard" if qname in REFUSED else "element"
            return [Slot(kind, alternatives, low, high)]
        return [Slot("choice", alternatives, low, high, head=qname[1])]

    def _substitutes(self, head):
        """The members of a substitution group and its head, sorted by name (8.5.4.1.6)."""
        names, todo = [], [head]
        while todo:
            qname = todo.pop()
            names.append(qname)
            todo += self.members.get(qname, [])
        result = []
        for qname in self._sorted(names):
            result.append(self.global_element(qname))
        return result

    def global_element(self, qname):
        root, node = self.elements[qname]
        type_ = None if qname in REFUSED else self.element_type(root, node)
        return Alternative(qname[1], qname[0], type_, node.get("abstract") == "true")


def qname_namespace_of_types(schema, qname):
    """The namespace of the complex type that an element of this name has."""
    for namespace, name in schema.qnames[qname]:
        root_node = schema.types.get((namespace, name))
        if root_node is not None and root_node[1].tag == XS + "complexType":
            return namespace
    raise SchemaError(f"no complex type behind {qname}")


def builtin(name):
    if name == "boolean":
        return Datatype("bool", 8)
    if name in STRINGS:
        return Datatype("text")
    if name == "hexBinary":
        return Datatype("hex")
    if name == "base64Binary":
        return Datatype("base64")
    if name in RANGES:
        return integer(*RANGES[name], name)
    raise SchemaError(f"built-in type {name}")


def integer(low, high, base):
    """Section 7.1.9: 4096 values or fewer are an offset of n bits, else groups of seven."""
    if low is None:
        return Datatype("big")
    native_low, native_high = RANGES[base]
    signed = native_low < 0
    width = (native_high - native_low + 1).bit_length() - 1
    if high - low + 1 <= 4096:
        return Datatype("nbit", width, signed, low, high - low + 1)
    return Datatype("int" if low < 0 else "uint", width, signed)


def restrict(base, restriction, name, namespace):
    facets = {}
    values = []
    for child in restriction:
        facet = child.tag[len(XS) :]
        if facet == "enumeration":
            values.append(child.get("value"))
        elif facet in ("minLength", "maxLength", "length", "minInclusive", "maxInclusive"):
            facets[facet] = int(child.get("value"))
        elif facet not in ("annotation",):
            raise SchemaError(f"facet {facet}")
    if values:
        return Datatype("enum", 0, False, 0, len(values), UNBOUNDED, name, namespace, tuple(values))
    if base.kind in ("text", "hex", "base64"):
        max_len = facets.get("length", facets.get("maxLength", base.max_len))
        return dataclasses.replace(base, max_len=LONGER.get((namespace, name), max_len))
    if base.kind in ("nbit", "int", "uint"):
        native = {(w, s): n for n, (w, s) in NATIVE.items()}[base.width, base.signed]
        low, high = RANGES[native]
        if base.kind == "nbit":
            low, high = base.low, base.low + base.count - 1
        low = facets.get("minInclusive", low)
        return integer(low, facets.get("maxInclusive", high), native)
    return base


NATIVE = {
    "byte": (8, True),
    "short": (16, True),
    "int": (32, True),
    "long": (64, True),
    "unsignedByte": (8, False),
    "unsignedShort": (16, False),
    "unsignedInt": (32, False),
    "unsignedLong": (64, False),
}
