"""A page for each address family, from the snapshots."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import constants
from .layout import svg
from .snapshot import PLUGINS
from .text import GENERATED, SYSTEMS, body, heading, literal, names_of, source_link, split_errors, table

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "families"

#: Family -> a sentence about its purpose.
SUMMARIES = {
    "AF_ALG": "Hashes, ciphers and random numbers of the Linux kernel.",
    "AF_BLUETOOTH": "Bluetooth: L2CAP, RFCOMM, SCO and the controllers (HCI).",
    "AF_CAN": "Controller Area Network: raw frames, cyclic frames (BCM), ISO-TP and SAE J1939.",
    "AF_DIVERT": "Packets that the firewall of FreeBSD diverts to a program.",
    "AF_HYPERV": "Sockets between a Hyper-V host and its virtual machines.",
    "AF_INET": "IPv4: TCP, UDP, raw sockets and others.",
    "AF_INET6": "IPv6: TCP, UDP, raw sockets and others.",
    "AF_LINK": "Addresses of the link layer on macOS and the BSDs.",
    "AF_NETLINK": "Messages between the Linux kernel and programs.",
    "AF_PACKET": "Frames of a network interface, without the network stack.",
    "AF_QIPCRTR": "Messages between the processors of a Qualcomm chip.",
    "AF_RDS": "Reliable datagrams over IP or InfiniBand.",
    "AF_SYSTEM": "Controls of the macOS kernel, such as tunnels.",
    "AF_TIPC": "Messages within a cluster, addressed by service.",
    "AF_UNIX": "Sockets between the processes of one machine.",
    "AF_VSOCK": "Sockets between a virtual machine and its host.",
}

_IP = ("IPPROTO_", "IPPORT_", "TCP_", "UDP", "SOL_TCP", "SOL_UDP", "SOL_IP", "MCAST_", "SCTP_", "SOL_SCTP", "MPTCP_",
       "SOL_MPTCP", "TLS_", "SOL_TLS", "AI_", "EAI_", "NI_", "INET", "has_ipv6")  # fmt: skip
#: Family -> prefixes of its constants, options and control messages, if its distribution has several families. The
#: longest matching prefix counts. A prefix may belong to several families.
PREFIXES: dict[str, tuple[str, ...]] = {
    "AF_INET": ("AF_INET", "PF_INET", "IP_", "INADDR_", *_IP),
    "AF_INET6": ("AF_INET6", "PF_INET6", "IPV6_", "IN6ADDR_", "SOL_IPV6", *_IP),
    "AF_ALG": ("AF_ALG", "PF_ALG", "ALG_", "SOL_ALG"),
    "AF_NETLINK": ("AF_NETLINK", "PF_NETLINK", "NETLINK_", "NLM", "RTM", "RTNLGRP_", "SOL_NETLINK"),
    "AF_PACKET": ("AF_PACKET", "PF_PACKET", "PACKET_", "ETH", "ARPHRD_", "SOL_PACKET"),
    "AF_TIPC": ("AF_TIPC", "PF_TIPC", "TIPC_", "SOL_TIPC"),
    "AF_VSOCK": ("AF_VSOCK", "PF_VSOCK", "VMADDR_", "VM_SOCKETS_", "SO_VM_", "VSOCK_", "SOL_VSOCK", "IOCTL_VM_"),
    "AF_RDS": ("AF_RDS", "PF_RDS", "RDS_", "SO_RDS_", "SOL_RDS"),
    "AF_QIPCRTR": ("AF_QIPCRTR", "PF_QIPCRTR", "QRTR_"),
    "AF_SYSTEM": ("AF_SYSTEM", "PF_SYSTEM", "AF_SYS_", "SYSPROTO_", "UTUN_", "CTL"),
    "AF_LINK": ("AF_LINK", "PF_LINK", "IFT_"),
    "AF_DIVERT": ("AF_DIVERT", "PF_DIVERT", "IPPROTO_DIVERT"),
}
_LONGEST_FIRST = sorted({prefix for prefixes in PREFIXES.values() for prefix in prefixes}, key=len, reverse=True)


def pages(snapshots: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the name of each page -> its text. The page ``index`` lists all families."""
    families: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for system in SYSTEMS:
        for codec in snapshots[system]["families"]:
            families.setdefault(codec["name"], {}).setdefault(system, []).append(codec)
    merged = constants.merge(snapshots)
    result = {name: _page(name, families[name], snapshots, merged) for name in sorted(families)}
    rows = [
        (f":doc:`{name}`", SUMMARIES[name], names_of(families[name]), next(iter(families[name].values()))[0]["owner"])
        for name in result
    ]
    result["index"] = "\n".join(
        [
            GENERATED,
            heading("Address families"),
            (
                "Each page has the format of addresses, a picture of the socket address, options, control messages, "
                "limits and an example. The pages are made from the registrations of the plugins on each system.\n"
            ),
            table(("Family", "Use", "Systems", "Distribution"), rows, "18 44 20 18"),
            ".. toctree::\n   :hidden:\n",
            *(f"   {name}" for name in sorted(families)),
            "",
            *_codecs("", "", snapshots, "options", "Other options", _OPTIONS),
            *_codecs("", "", snapshots, "ancillaries", "Other control messages", _MESSAGES),
        ]
    )
    return result


def _page(
    name: str,
    by_system: dict[str, list[dict[str, Any]]],
    snapshots: dict[str, dict[str, Any]],
    merged: dict[str, dict[str, dict[str, Any]]],
) -> str:
    owner = next(iter(by_system.values()))[0]["owner"]
    return "\n".join(
        [
            GENERATED,
            heading(name),
            f"{SUMMARIES[name]} Install it with :samp:`pip install sockcore {owner}`.\n",
            ".. py:currentmodule:: sockcore\n",
            *_systems(name, by_system),
            *_example(name),
            *_addresses(name, by_system),
            *_codecs(name, owner, snapshots, "options", "Options", _OPTIONS),
            *_codecs(name, owner, snapshots, "ancillaries", "Control messages", _MESSAGES),
            *_constants(name, owner, merged[owner]),
            *_limits(by_system),
        ]
    )


def _systems(name: str, by_system: dict[str, list[dict[str, Any]]]) -> list[str]:
    owner = next(iter(by_system.values()))[0]["owner"]
    support: dict[str, dict[str, str]] = import_module(f"{owner.replace('-', '_')}.support").SUPPORT
    protocols = [protocol for protocol in support if protocol.split()[0] == name]
    rows = []
    for system, codecs in by_system.items():
        tested = [
            f"{' '.join(key.split()[1:])} {support[key][system]}".strip() for key in protocols if system in support[key]
        ]
        rows.append((SYSTEMS[system], literal(codecs[0]["number"]), ", ".join(tested)))
    modules = [codec["kernel_module"] for codec in by_system.get("linux", ()) if codec["kernel_module"]]
    lines = [heading("Systems", "-"), table(("System", "Number", "Tested"), rows, "20 20 60")]
    lines.append(
        "*run*: the tests exchanged data on that system. *headers*: constants and structs were compared with its "
        "headers. See :doc:`/testing`.\n"
    )
    if modules:
        unique = ", ".join(literal(module) for module in dict.fromkeys(modules))
        lines.append(f"Kernel modules of Linux, if the kernel is built with modules: {unique}.\n")
    return lines


def _example(name: str) -> list[str]:
    path = EXAMPLES / f"{name.lower()}.py"
    return [
        heading("Example", "-"),
        f".. literalinclude:: {Path('../..') / path.relative_to(ROOT)}\n   :language: python\n",
        (
            f"Source: {source_link((path.relative_to(ROOT).as_posix(), 0))}. "
            ":samp:`tox -e docs` runs it, as far as the machine has the family.\n"
        ),
    ]


# ---------------------------------------------------------------------- addresses


def _addresses(name: str, by_system: dict[str, list[dict[str, Any]]]) -> list[str]:
    lines = [heading("Addresses", "-")]
    module_docs = dict.fromkeys(codec["module_doc"] for codecs in by_system.values() for codec in codecs)
    for doc in module_docs:
        rules = [paragraph for paragraph in (doc or "").split("\n\n")[1:] if paragraph.strip()]
        if rules:
            lines.append(body("\n\n".join(rules)) + "\n")
    groups: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for system, codecs in by_system.items():
        for codec in codecs:
            groups.setdefault((codec["proto_name"] or "", codec["class"]), {})[system] = codec
    for (proto, _), codecs_by_system in groups.items():
        codec = next(iter(codecs_by_system.values()))
        if len(groups) > 1:
            title = f"{_protocol(proto, groups)} on {names_of(codecs_by_system)}".lstrip()
            lines.append(heading(title[0].upper() + title[1:], "~"))
        lines.append(body(codec["doc"] or "") + "\n")
        encode, errors = split_errors(codec["encode_doc"] or "")
        lines.append(_sentence("Encoding", encode))
        lines.append(_sentence("Decoding", split_errors(codec["decode_doc"] or "")[0]))
        if errors:
            lines.append(f"**Errors.** {errors}\n")
        lines += _pictures(codecs_by_system)
    return lines


def _protocol(proto: str, groups: Iterable[tuple[str, str]]) -> str:
    if proto:
        return proto
    return "all other protocols" if any(name for name, _ in groups) else ""


def _sentence(subject: str, doc: str) -> str:
    """Return the docstring of a method as text about *subject*: "Encoding returns the sockaddr."."""
    text = " ".join(doc.split())
    start, _, rest = text.partition(" ")
    return f"**{subject}** returns {rest}\n" if start == "Return" else f"**{subject}.** {text}\n"


def _pictures(by_system: dict[str, dict[str, Any]]) -> list[str]:
    layouts: dict[str, list[tuple[str, dict[str, Any], dict[str, Any]]]] = {}
    for system, codec in by_system.items():
        for struct in codec["structs"]:
            layouts.setdefault(repr({**struct, "header": ""}), []).append((system, codec, struct))
    lines = []
    for variants in layouts.values():
        system, codec, struct = variants[0]
        examples = [example for example in codec["examples"] if _fits(example["sockaddr"], struct, codec)]
        example: dict[str, Any] = (
            examples[0] if examples else {"header": ("sa_len", "sa_family"), "sockaddr": b"", "address": ""}
        )
        systems = names_of([variant[0] for variant in variants])
        title = f"{struct['name']} on {systems}"
        caption = f"<code>{struct['name']}</code> on {systems}: {struct['size']} bytes, declared in "
        caption += ", ".join(dict.fromkeys(f"<code>{_html(variant[2]['header'])}</code>" for variant in variants))
        if example["address"]:
            where = "" if len(variants) == 1 else f" on {SYSTEMS[system]}"
            caption += f". The bytes are those of the address <code>{_html(example['address'])}</code>{where}."
            for interface, index in example["interfaces"].items():
                caption += f" The index of the interface <code>{interface}</code> is {index}."
        picture = svg(struct, example["header"], title, example["sockaddr"])
        html = f'<figure class="sockaddr">{picture}<figcaption>{caption}</figcaption></figure>'
        lines.append(f".. raw:: html\n\n   {html}\n")
        lines.append(_fields(struct, example["header"]))
    return lines


def _fits(sockaddr: bytes, struct: dict[str, Any], codec: dict[str, Any]) -> bool:
    # A codec with several structs has examples of the first.
    return bool(len(sockaddr) <= struct["size"] and struct == codec["structs"][0])


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fields(struct: dict[str, Any], header: tuple[str, str]) -> str:
    length, family = header
    rows: list[tuple[object, ...]] = []
    if struct["has_length"]:
        rows.append((0, 1, literal(length), "uint8", "size of the address in bytes"))
        rows.append((1, 1, literal(family), "uint8", "number of the family"))
    else:
        rows.append((0, 2, literal(family), "uint16, byte order of the machine", "number of the family"))
    for name, offset, size, field_type, order in struct["fields"]:
        label = f"{field_type}, {order}" if order else field_type
        rows.append((offset, size, literal(name), label, _range(field_type)))
    return table(("Offset", "Size", "Field", "Type", "Range of the field"), rows, "10 10 25 30 25")


def _range(field_type: str) -> str:
    if "int" not in field_type:
        return ""
    bits = int(field_type.partition("int")[2])
    low, high = (0, 2**bits - 1) if field_type[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return f"{low} to {high}" if bits <= 32 else f"{bits} bits"


# ---------------------------------------------------------------------- options, control messages, constants


_OPTIONS = (
    ":py:func:`sockcore.options.read` and :py:func:`sockcore.options.write` convert these socket options to values. "
    ":doc:`/how-to/options-and-messages` shows how. All other options are numbers or bytes of ``getsockopt()``.\n"
)
_MESSAGES = (
    ":py:func:`sockcore.ancillary.decode` and :py:func:`sockcore.ancillary.encode` convert these control messages of "
    "``recvmsg()`` and ``sendmsg()`` to values. All other messages are bytes.\n"
)


def families_of(name: str, owner: str, snapshots: dict[str, dict[str, Any]]) -> set[str]:
    """Return the families to which a constant, option or control message of *owner* belongs."""
    families = {
        codec["name"] for snapshot in snapshots.values() for codec in snapshot["families"] if codec["owner"] == owner
    }
    if len(families) == 1:
        return families
    prefix = next((prefix for prefix in _LONGEST_FIRST if name.startswith(prefix)), None)
    return {family for family, prefixes in PREFIXES.items() if prefix in prefixes and family in families}


def _codecs(
    name: str, owner: str, snapshots: dict[str, dict[str, Any]], table_name: str, title: str, introduction: str
) -> list[str]:
    """Return a table of the codecs of a family, or without *name* of those that belong to no single family."""
    merged: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for system in SYSTEMS:
        for codec in snapshots[system][table_name]:
            families = families_of(codec["name"], codec["owner"], snapshots)
            if (codec["owner"] == owner and name in families) if name else not families:
                merged.setdefault((codec["name"], codec["level"]), {})[system] = codec
    if not merged:
        return []
    is_option = table_name == "options"
    rows = []
    for (codec_name, level), by_system in merged.items():
        first = next(iter(by_system.values()))
        access = ("read, write" if is_option else "receive, send") if first["can_write"] else (
            "read" if is_option else "receive"
        )  # fmt: skip
        numbers = {system: codec["number"] for system, codec in by_system.items()}
        row = [literal(codec_name), literal(level), constants.values(numbers), access]
        if is_option:
            row.append(first["size"])
        rows.append(row)
    columns = ("Option", "Level", "Number", "Access", "Bytes") if is_option else ("Message", "Level", "Type", "Access")
    return [heading(title, "-"), introduction, table(columns, rows, "28 18 30 14 10" if is_option else "30 20 32 18")]


def _constants(name: str, owner: str, names: dict[str, dict[str, Any]]) -> list[str]:
    groups: dict[str, list[str]] = {}
    snapshots_of_owner = _OWNED.get(owner, {name})
    for constant in sorted(names):
        prefix = next((prefix for prefix in _LONGEST_FIRST if constant.startswith(prefix)), None)
        if len(snapshots_of_owner) == 1 or (prefix and prefix in PREFIXES.get(name, ())):
            groups.setdefault(constant.partition("_")[0] + "_" * ("_" in constant), []).append(constant)
    if not groups:
        return []
    lines = [heading("Constants", "-"), f":doc:`/api/constants-{owner}` has the numbers on each system.\n"]
    for group, members in groups.items():
        lines.append(f"**{group}**: " + ", ".join(f":py:data:`{member}`" for member in members) + "\n")
    return lines


def _owned() -> dict[str, set[str]]:
    """Return distribution -> its families, from the tables of tested systems."""
    return {
        owner: {key.split()[0] for key in import_module(f"sockcore_{name}.support").SUPPORT}
        for name, owner in PLUGINS.items()
    }


_OWNED = _owned()


# ---------------------------------------------------------------------- limits


def _limits(by_system: dict[str, list[dict[str, Any]]]) -> list[str]:
    rows = []
    for system, codecs in by_system.items():
        for codec in codecs:
            smallest = min((struct["size"] for struct in codec["structs"]), default=codec["size"])
            size = (
                f"{codec['size']} bytes" if smallest == codec["size"] else f"{codec['size']} bytes, struct {smallest}"
            )
            rows.append(
                (
                    SYSTEMS[system],
                    literal(codec["proto_name"]) if codec["proto_name"] else "",
                    size,
                    "yes" if codec["needs_descriptor"] else "no",
                    "yes" if codec["accept_gives_address"] else "no",
                )
            )
    columns = ("System", "Protocol", "Largest address", "Depends on the network namespace", "accept() returns the peer")
    return [
        heading("Limits", "-"),
        (
            "The tables of fields have the range of each field. A codec may allow less: see the errors above. An "
            "address that does not fit raises an exception before the system call. It is not truncated.\n"
        ),
        table(columns, rows, "16 24 24 18 18"),
    ]
