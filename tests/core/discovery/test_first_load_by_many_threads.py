"""First use in many threads: each thread gets all plugins, loaded once."""

from __future__ import annotations

import pytest

SLOW_PLUGIN = """
    import time
    time.sleep(0.2)
    from sockcore.plugin import hookimpl, Family, RawAddress
    print("imported")
    SOCKCORE_API = 1

    class Slow(Family):
        number, name = 200, "AF_SLOW"
        def encode(self, address, context): return b""
        def decode(self, raw, context): return "slow"

    def slow_method(sock):
        return "slow"

    @hookimpl
    def sockcore_register(register):
        register.family(Slow())
        time.sleep(0.2)
        register.methods(slow_method)
        register.constants({"SLOW": 1, "SOCK_SLOW": 77, "MSG_SLOW": 1 << 28, "AI_SLOW": 8})
"""
WAYS = {
    "names": "sockcore.SLOW",
    "families": "sockcore.AF_SLOW",
    "enums": "(sockcore.AddressFamily, sockcore.SocketKind, sockcore.MsgFlag, sockcore.AddressInfo)",
    "members": "sockcore.SOCK_SLOW",
    "class": "sockcore.socket.slow_method",
    "method": "method()",
    "enum of a socket": "typed()",
    "functions": "sockcore.socketpair",
    "modules": "modules()",
    "everything": "sockcore.__all__",
}


@pytest.mark.parametrize("way", WAYS)
def test_first_use_by_many_threads_loads_plugins_once(python, install, way):
    install("slow", SLOW_PLUGIN)
    code = f"""
        import sys, threading
        import sockcore, systems
        sys.setswitchinterval(1e-6)

        def method():
            one, two = systems.socketpair()
            with one, two:
                return one.slow_method()

        def typed():
            one, two = systems.socketpair()
            with one, two:
                return type(one.type) is type(sockcore.SOCK_STREAM)

        def modules():
            import sockcore.plugin, sockcore.ancillary
            return sockcore.plugin.socket, sockcore.AF_SLOW

        barrier, seen = threading.Barrier(12), []

        def first():
            barrier.wait()
            try:
                seen.append({WAYS[way]})
            except BaseException as problem:
                seen.append(problem)

        threads = [threading.Thread(target=first) for _ in range(12)]
        for thread in threads: thread.start()
        for thread in threads: thread.join(60)
        different = [result for result in seen if result != seen[0] or isinstance(result, BaseException)]
        print(len(seen), different, threading.active_count())
        now = {WAYS[way]}
        print(now == seen[0])
    """
    assert python(code) == "imported\n12 [] 1\nTrue\n"


def test_first_use_during_import_in_another_thread_loads_plugins(python, install):
    # The module of the socket class is being imported while discovery in another thread needs it.
    install("slow", SLOW_PLUGIN)
    code = """
        import sys, threading
        sys.setswitchinterval(1e-6)
        import sockcore
        barrier = threading.Barrier(2)
        def imports():
            barrier.wait()
            import sockcore._sockets, sockcore._sockets.socket
        def uses():
            barrier.wait()
            sockcore.SLOW
        threads = [threading.Thread(target=target, daemon=True) for target in (imports, uses)]
        for thread in threads: thread.start()
        for thread in threads: thread.join(60)
        print([thread.is_alive() for thread in threads], hasattr(sockcore.socket, "slow_method"))
    """
    for _ in range(3):
        assert python(code) == "imported\n[False, False] True\n"


def test_plugin_that_uses_sockcore_while_loading_is_loaded(python, install):
    # "a" is first, and uses names and enums before "z" has registered any.
    install(
        "a",
        """
        import sockcore
        assert not hasattr(sockcore, "Z")
        assert "AF_Z" not in sockcore.AddressFamily.__members__
        assert sockcore.SOCK_STREAM and sockcore.has_ipv6 in (True, False) and sockcore.__all__
        from sockcore.plugin import hookimpl, as_kind
        as_kind(1)
        SOCKCORE_API = 1
        @hookimpl
        def sockcore_register(register):
            register.constants({"A": sockcore.SOCK_STREAM})
    """,
    )
    install(
        "z",
        """
        from sockcore.plugin import hookimpl
        SOCKCORE_API = 1
        @hookimpl
        def sockcore_register(register):
            register.constants({"Z": 2, "AF_Z": 222, "SOCK_Z": 99, "has_ipv6": True})
    """,
    )
    code = """
        import sockcore, systems
        print(sockcore.A == sockcore.SOCK_STREAM, sockcore.Z, repr(sockcore.AF_Z), sockcore.has_ipv6)
        print(sockcore.AddressFamily(222).name, sockcore.SocketKind(99).name)
        print(type(sockcore.SOCK_STREAM) is type(sockcore.SOCK_Z) is sockcore.SocketKind)
        one, two = systems.socketpair()
        with one, two:
            print(one.type is sockcore.SOCK_STREAM)
    """
    shown = "<AddressFamily.AF_Z: 222>"
    assert python(code, SOCKCORE_PLUGINS="a,z").splitlines() == [
        f"True 2 {shown} True", "AF_Z SOCK_Z", "True", "True",
    ]  # fmt: skip
