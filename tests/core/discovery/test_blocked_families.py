"""Address families in SOCKCORE_BLOCK.

They are not registered, and their sockets are not opened.
"""

from __future__ import annotations

import errno
import os

import pytest
from systems import LOCAL, WINDOWS

NAME = "AF_INET" if WINDOWS else "AF_UNIX"
PLUGIN = """
    from sockcore.plugin import Family, hookimpl
    SOCKCORE_API = 1

    class Fam(Family):
        def __init__(self, number, name, proto=None):
            self.number, self.name, self.proto = number, name, proto
        def encode(self, address, context): return b""
        def decode(self, raw, context): return "decoded"

    @hookimpl
    def sockcore_register(register):
        register.constants({"PF_MADE": 201, "SOL_MADE": 5, "AF_ALIAS": 201, "NUMBER": 201})
        register.family(Fam(201, "AF_MADE"))
        register.family(Fam(201, "AF_MADE odd", 7))
        register.family(Fam(202, "AF_OTHER"))
        register.default_pair_family(201)
"""
HELPERS = """
    import sockcore, systems
    def refused(call):
        try:
            return call()
        except OSError as problem:
            return problem.errno, str(problem.args[1])
"""


def test_blocked_family_of_a_plugin_is_absent_with_its_protocols(python, install):
    install("made", PLUGIN)
    code = (
        HELPERS
        + """
    print([hasattr(sockcore, name) for name in ("AF_MADE", "AF_ALIAS", "PF_MADE", "SOL_MADE", "NUMBER", "AF_OTHER")])
    print("AF_MADE" in sockcore.AddressFamily.__members__, "AF_MADE" in sockcore.__all__)
    from sockcore._plugins.discovery import registry
    print([key for key in registry().families if key[0] in (201, 202)], registry().singles.get("socketpair") == 201)
    try:
        sockcore.AF_MADE
    except AttributeError as problem:
        print(problem)
    print(*refused(lambda: sockcore.socket(201, 1)))
    print(*refused(lambda: sockcore.socket(201, 1, 7)))
    """
    )
    refusal = f"{errno.EAFNOSUPPORT} {os.strerror(errno.EAFNOSUPPORT)}: SOCKCORE_BLOCK names AF_MADE"
    assert python(code, SOCKCORE_PLUGINS="made", SOCKCORE_BLOCK="AF_MADE").splitlines() == [
        "[False, False, False, True, True, True]",
        "False False",
        "[(202, None)] False",
        "module 'sockcore' has no attribute 'AF_MADE': SOCKCORE_BLOCK names it",
        refusal,
        refusal,
    ]


def test_blocked_family_cannot_be_opened_in_any_way(python):
    code = (
        HELPERS
        + f"""
    import os
    calls = [lambda: sockcore.socket({LOCAL}, 1), lambda: sockcore.socket({LOCAL}, 1, 0), lambda:
             sockcore.socketpair({LOCAL}), lambda: sockcore.socket(family={LOCAL}, type=2)]
    for call in calls * 2:
        print(*refused(call))
    """
    )
    refusal = f"{errno.EAFNOSUPPORT} {os.strerror(errno.EAFNOSUPPORT)}: SOCKCORE_BLOCK names {NAME}"
    assert python(code, SOCKCORE_BLOCK=NAME).splitlines() == [refusal] * 8


@pytest.mark.skipif(WINDOWS, reason="Windows has no pairs of AF_UNIX")
def test_blocked_family_of_a_descriptor_raises_and_leaves_it_open(python):
    # Opened by the standard module, because sockcore cannot.
    code = (
        HELPERS
        + """
    import os, socket
    one, two = socket.socketpair()
    refused(lambda: sockcore.socket(1, 1))  # the import of ctypes leaves a descriptor behind on some systems
    before = systems.open_descriptors()
    for call in (lambda: sockcore.socket(fileno=one.fileno()), lambda: sockcore.socket(1, 1, 0, one.fileno()),
                 lambda: sockcore.fromfd(one.fileno(), 1, 1)):
        print(*refused(call))
    print(systems.open_descriptors() == before, one.send(b"1"), two.recv(1))
    one.close(), two.close()
    """
    )
    refusal = f"{errno.EAFNOSUPPORT} {os.strerror(errno.EAFNOSUPPORT)}: SOCKCORE_BLOCK names AF_UNIX"
    assert python(code, SOCKCORE_BLOCK="AF_UNIX").splitlines() == [*[refusal] * 3, "True 1 b'1'"]


def test_unblocked_family_can_be_opened(python):
    name = "AF_INET6" if WINDOWS else "AF_INET"
    code = HELPERS + "    one, two = systems.socketpair()\n    print(one.send(b'x'))\n    one.close(), two.close()"
    assert python(code, SOCKCORE_BLOCK=f"{name}, made") == "1\n"


@pytest.mark.parametrize(
    ("blocked", "warned"),
    [
        ("AF_ALG", []),
        ("AF_HYPERV", []),
        ("AF_SYSTEM,not-installed,", []),
        ("AF_MADE", ["AF_MADE"]),
        ("AF_ALG,af_alg", ["af_alg"]),
    ],
)
def test_blocked_name_that_no_system_has_warns(python, blocked, warned):
    code = """
        import warnings, sockcore
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sockcore.SOL_SOCKET
        print([str(warning.message) for warning in caught])
    """
    texts = [f"SOCKCORE_BLOCK names {name!r}, and no such address family is known" for name in warned]
    assert python(code, SOCKCORE_PLUGINS="", SOCKCORE_BLOCK=blocked) == f"{texts}\n"


def test_blocked_default_family_raises_with_its_name(python, install):
    install("made", PLUGIN.replace("default_pair_family", "default_family"))
    code = HELPERS + "    print(*refused(sockcore.socket))"
    shown = python(code, SOCKCORE_PLUGINS="made", SOCKCORE_BLOCK="AF_MADE")
    assert shown.endswith("SOCKCORE_BLOCK names AF_MADE\n")
