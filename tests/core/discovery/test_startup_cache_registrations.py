"""Registrations of plugins in the startup cache.

A program imports only the plugins that it uses.
"""

from __future__ import annotations

import os
import sys
import textwrap

import pytest
from installed_tree import Tree

pytestmark = pytest.mark.skipif(sys.flags.ignore_environment, reason="another process cannot find the folder")

#: A plugin that can be cached. Its family has a number that every system supports.
TOY = """
    import os, sys, systems
    from sockcore.plugin import Ancillary, Family, Option, hookimpl
    SOCKCORE_API = 1
    class Toy(Family):
        number, name = systems.LOCAL, "AF_TOY"
        def encode(self, address, context):
            return address
        def decode(self, raw, context):
            return "toy address"
        def pair(self, type, proto):
            return "a pair"
    def say():
        return "said"
    def shout(sock):
        return "SAID"
    def resolve(host, family):
        return b"resolved " + host.encode()
    @hookimpl
    def sockcore_register(register):
        register.family(Toy())
        register.constants({"TOY_ONE": 1, "TOY_TEXT": "text", "MSG_TOY": 1 << 28})
        register.functions(say)
        register.deferred("textwrap", "dedent")
        register.methods(shout)
        register.resolver(resolve)
        register.default_family(Toy.number)
        register.option(Option("TOY_OPTION", 77, 1, 4, bytes))
        register.ancillary(Ancillary("TOY_CMSG", 77, 1, bytes))
"""
BYSTANDER = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"BYSTANDER": 5})
"""
#: The name of an unbound socket is that of a local socket without a path. Windows raises an error.
needs_local_names = pytest.mark.skipif(sys.platform == "win32", reason="an unbound socket has no name")
IMPORTED = "print(*sorted(m for m in sys.modules if m.startswith('sockcore_') and '.' not in m))"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    tree = Tree(tmp_path_factory.mktemp("registrations") / "tree")
    tree.install("toy", TOY)
    tree.install("bystander", BYSTANDER)
    return tree


@pytest.fixture(scope="module")
def frozen_template(template, tmp_path_factory):
    tree = Tree(tmp_path_factory.mktemp("frozen") / "tree", template)
    tree.freeze()
    return tree


@pytest.fixture
def tree(tmp_path, frozen_template):
    """Return a tree with two plugins and a startup cache."""
    return Tree(tmp_path / "tree", frozen_template)


@pytest.fixture
def empty(tmp_path, template):
    """Return the same tree without a startup cache."""
    return Tree(tmp_path / "tree", template)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Return a tree with plugins of this project and a startup cache."""
    tree = Tree(tmp_path_factory.mktemp("real") / "tree")
    for name in ("inet", "unix", "can", "linux_misc"):
        tree.install_package(name)
    tree.freeze()
    return tree


@pytest.mark.parametrize(
    ("code", "imported"),
    [
        ("sockcore.AF_INET, sockcore.SOL_SOCKET, sockcore.IPPROTO_TCP", ""),
        ("sockcore.AddressFamily(sockcore.AF_INET).name", ""),
        ("sockcore.CMSG_SPACE(4)", ""),
        ("sockcore.RawAddress(bytes(2))", ""),
        ("sockcore.socket(sockcore.AF_INET).close()", "sockcore_inet"),
        ("sockcore.socket().close()", "sockcore_inet"),
        ("sockcore.htons(5)", "sockcore_inet"),
    ],
)
def test_real_plugin_with_registrations_is_imported_at_first_use(real, code, imported):
    assert real.run(f"import sys, sockcore\n{code}\n{IMPORTED}").strip() == imported


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="AF_CAN exists only on Linux")
def test_constants_of_can_do_not_import_the_plugin(real):
    code = f"import sys, sockcore\nprint(int(sockcore.AF_CAN), sockcore.CAN_RAW)\n{IMPORTED}"
    assert real.run(code).split() == ["29", "1"]


@pytest.mark.skipif(sys.platform == "win32", reason="pairs are AF_INET sockets there")
def test_socketpair_imports_the_plugin_of_its_family_only(real):
    code = f"""
import sys, sockcore
one, two = sockcore.socketpair()
print(one.family.name, repr(one.getsockname()))
one.close()
two.close()
{IMPORTED}"""
    assert real.run(code).split() == ["AF_UNIX", "''", "sockcore_unix"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these plugins need Linux")
def test_real_plugins_have_the_same_results_as_without_cache(real):
    code = """
import sys, sockcore
from sockcore import options
from sockcore._cli import main
for command in ("families", "plugins", "constants"):
    main([command])
print(sockcore.__all__, sorted(dir(sockcore.socket)), options.known(), sockcore.getaddrinfo)
print(sockcore.socket.sendmsg_afalg, sockcore.send_fds, sockcore.socketpair.__module__)
"""

    def lines(text):
        return [line for line in text.splitlines() if line.strip() and not line.startswith("Startup cache")]

    def run(**variables):
        text = real.run(code, **variables)
        return [line.partition(" at 0x")[0] for line in lines(text)]

    assert run() == run(SOCKCORE_FROZEN="")


def test_table_from_cache_equals_the_table_of_the_plugin(real):
    code = """
import sys, sockcore
sockcore.socket(sockcore.AF_INET).close()
from sockcore_inet.constants import TABLE
print("sockcore_inet.tables" in sys.modules, TABLE.package, TABLE.facts, list(TABLE.items()))
"""
    cached = real.run(code)
    assert cached.startswith("False sockcore_inet.tables [")
    assert cached.partition(" ")[2] == real.run(code, SOCKCORE_FROZEN="").partition(" ")[2]


@needs_local_names
def test_deferred_family_in_cache_is_imported_without_the_hook(empty):
    family = 'print("hook"); register.deferred_family(Toy.number, Toy.name, "sockcore_toy_module:Toy")'
    empty.install("toy", TOY.replace("register.family(Toy())", family))
    empty.freeze()
    code = """
        import sockcore, sockcore.options
        from sockcore._plugins.discovery import registry
        for _ in range(2):
            with sockcore.socket() as sock:
                print(sock.getsockname())
        codec = registry().family(sockcore.AF_TOY, 0)
        print("TOY_OPTION" in sockcore.options.known())
        print(registry().family(sockcore.AF_TOY, 0) is codec, registry().unloaded)
    """
    assert empty.run(code).splitlines() == ["toy address", "toy address", "hook", "True", "True {}"]


@needs_local_names
def test_deferred_family_in_cache_that_fails_stays_removed(empty):
    family = 'register.deferred_family(Toy.number, Toy.name, "sockcore_toy_module:Toy")'
    failing = "def __init__(self): 1 / int(os.environ.get('NUMBER', 1))\n        def encode("
    empty.install("toy", TOY.replace("register.family(Toy())", family).replace("def encode(", failing))
    empty.freeze()
    code = """
        import warnings, sockcore, sockcore.options
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            sockcore.socket().close()
            sockcore.options.known()
            with sockcore.socket() as sock:
                print(type(sock.getsockname()).__name__)
        print(*(warning.category.__name__ for warning in found))
    """
    assert empty.run(code, NUMBER="0").splitlines() == ["RawAddress", "PluginWarning"]


@pytest.mark.parametrize(
    ("code", "imported"),
    [
        ("sockcore.TOY_ONE", ""),
        ("sockcore.TOY_TEXT", ""),
        ("sockcore.AF_TOY, sockcore.MSG_TOY, sockcore.AddressFamily", ""),
        ("sockcore.BYSTANDER", ""),
        ("sockcore.dedent", ""),
        ("hasattr(sockcore, 'MISSING'), dir(sockcore), sockcore.__all__", ""),
        ("assert sockcore.say() == 'said'", "sockcore_toy_module"),
        ("assert sockcore.socket.shout(5) == 'SAID'", "sockcore_toy_module"),
        ("sockcore.socket(sockcore.AF_TOY).close()", "sockcore_toy_module"),
        ("sockcore.socket().close()", "sockcore_toy_module"),
        ("import sockcore.options; sockcore.options.known()", "sockcore_bystander_module sockcore_toy_module"),
        ("sockcore.preload()", "sockcore_bystander_module sockcore_toy_module"),
    ],
)
def test_plugin_with_registrations_is_imported_at_first_use(tree, code, imported):
    assert tree.run(f"import sys, sockcore\n{code}\n{IMPORTED}").strip() == imported


@needs_local_names
def test_first_socket_uses_the_codec_of_the_plugin(tree):
    code = """
        import sockcore
        for _ in range(2):
            with sockcore.socket() as sock:
                print(sock.getsockname(), sock.shout())
    """
    assert tree.run(code).splitlines() == ["toy address SAID"] * 2


def test_cached_resolver_at_first_call_loads_the_plugin(tree):
    code = f"""
import sys
from sockcore._context import Context
context = Context(1, operation="bind")
{IMPORTED}
print(context.resolve("host", 1), context.resolve("host", 1))
{IMPORTED}"""
    expected = ["", "b'resolved host' b'resolved host'", "sockcore_toy_module"]
    assert tree.run(code).splitlines() == expected


RESULTS = """
import sys, warnings
warnings.showwarning = lambda message, category, *rest: print(category.__name__, message)
warnings.simplefilter("always")
import sockcore
names = ("AF_TOY", "TOY_ONE", "TOY_TWO", "BYSTANDER", "AF_CAN", "say", "MSG_TOY", "ERLY")
for name in names:
    try:
        print(name, getattr(sockcore, name) is not None)
    except AttributeError as exc:
        print(name, exc)
for make in (lambda: sockcore.socket(__import__("systems").LOCAL), lambda: sockcore.socket()):
    try:
        with make() as sock:
            print(sock.getsockname() == "toy address", hasattr(sock, "shout"))
    except OSError as exc:
        print(type(exc).__name__, exc)
from sockcore import options, plugin
print(options.known(), sorted(name for name in dir(sockcore) if name.isupper()))
from sockcore._plugins import discovery
for found in discovery.all_loaded().plugins:
    print(found.name, found.module, found.state, found.problem)
for noun, owners in discovery.registry().owners.items():
    print(*sorted((noun, str(key), owner) for key, owner in owners.items() if owner != "sockcore"), sep="\\n")
"""
RIVAL = """
    from sockcore.plugin import hookimpl
    SOCKCORE_API = 1
    @hookimpl
    def sockcore_register(register):
        register.constants({"RIVAL": 1})
        register.%s
"""


@needs_local_names
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"SOCKCORE_BLOCK": "toy"},
        {"SOCKCORE_BLOCK": "sockcore_bystander_module"},
        {"SOCKCORE_BLOCK": "AF_TOY"},
        {"SOCKCORE_BLOCK": "AF_TOY, nonsense, AF_NONSENSE"},
        {"SOCKCORE_PLUGINS": "toy"},
        {"SOCKCORE_PLUGINS": "sockcore_bystander_module, nonsense"},
        {"SOCKCORE_PLUGINS": ""},
    ],
    ids=lambda variables: "-".join(f"{name[9:]}={value}" for name, value in variables.items()) or "none",
)
def test_environment_variables_have_the_same_results_as_without_cache(tree, variables):
    assert tree.run(RESULTS, **variables) == tree.run(RESULTS, SOCKCORE_FROZEN="", **variables)


@needs_local_names
@pytest.mark.parametrize(
    "conflict",
    [
        "constants({'TOY_ONE': 2})",
        "constants({'AF_TOY': __import__('systems').LOCAL})",
        "constants({'AF_TOY': 77})",
        "default_family(5)",
        "resolver(print)",
        "option(__import__('sockcore.plugin').plugin.Option('MINE', 77, 1, 4, bytes))",
        "ancillary(__import__('sockcore.plugin').plugin.Ancillary('MINE', 77, 1, bytes))",
        "methods(type('shout', (), {}))",
        "constants({'socket': 5})",
    ],
)
@pytest.mark.parametrize("name", ["a_rival", "z_rival"])
def test_conflicts_have_the_same_results_as_without_cache(empty, name, conflict):
    empty.install(name, RIVAL % conflict)
    empty.freeze(PYTHONWARNINGS="ignore")
    assert empty.run(RESULTS) == empty.run(RESULTS, SOCKCORE_FROZEN="")


@needs_local_names
def test_entry_point_of_the_same_name_is_rejected_as_without_cache(empty):
    module = empty.site / "sockcore_other_module.py"
    module.write_text(textwrap.dedent(BYSTANDER.replace("BYSTANDER", "OTHER")))
    empty.record("sockcore-other", "1.0", module.stem, f"[sockcore]\ntoy = {module.stem}\n")
    empty.freeze(PYTHONWARNINGS="ignore")
    assert empty.run(RESULTS) == empty.run(RESULTS, SOCKCORE_FROZEN="")


@needs_local_names
def test_entry_point_of_the_same_module_is_rejected_as_without_cache(empty):
    module = empty.site / "sockcore_toy_module.py"
    entries = f"[sockcore]\ntoy = {module.stem}\ntoy2 = {module.stem}\n"
    empty.record("sockcore-toy", "1.0", module.stem, entries)
    empty.freeze(PYTHONWARNINGS="ignore")
    text = empty.run(RESULTS)
    assert text == empty.run(RESULTS, SOCKCORE_FROZEN="")
    assert "is registered already" in text


def test_handwritten_list_uses_no_registrations(tree):
    lines = [line for line in tree.cache.read_text().splitlines() if not line.startswith("#")]
    tree.cache.write_text("\n".join(lines))
    assert tree.run(f"import sys, sockcore\nsockcore.TOY_ONE\n{IMPORTED}").split() == [
        "sockcore_bystander_module",
        "sockcore_toy_module",
    ]


def test_registrations_with_deleted_line_exclude_the_plugin(tree):
    lines = [line for line in tree.cache.read_text().splitlines() if not line.startswith("toy ")]
    tree.cache.write_text("\n".join(lines) + "\n")
    code = f"import sys, sockcore\nprint(hasattr(sockcore, 'TOY_ONE'), sockcore.BYSTANDER)\n{IMPORTED}"
    assert tree.run(code).split() == ["False", "5"]


def test_registrations_of_changed_source_are_not_used(tree):
    path = tree.site / "sockcore_toy_module.py"
    changed = path.stat().st_mtime_ns
    path.write_text(path.read_text().replace('"TOY_ONE": 1', '"TOY_ONE": 7'))
    os.utime(path, ns=(changed + 10**9, changed + 10**9))
    code = f"import sys, sockcore\nprint(sockcore.TOY_ONE, sockcore.BYSTANDER)\n{IMPORTED}"
    assert tree.run(code).split() == ["7", "5", "sockcore_toy_module"]


def test_registrations_of_another_backend_are_not_used(tree):
    code = f"import sys, sockcore\nsockcore.TOY_ONE\n{IMPORTED}\nprint(sockcore.backends.available())"
    if "native" not in tree.run("import sockcore; print(sockcore.backends.available())"):
        pytest.skip("only one backend is available")
    results = {backend: tree.run(code, SOCKCORE_BACKEND=backend).splitlines()[0] for backend in ("native", "pure")}
    written_for = tree.run("import sockcore; print(sockcore.backends.current())").strip()
    assert {backend for backend in results if not results[backend]} == {written_for}


def test_freeze_with_blocked_plugin_writes_no_registrations_for_it(empty):
    empty.freeze(SOCKCORE_BLOCK="toy")
    code = f"import sys, sockcore\nprint(sockcore.TOY_ONE)\n{IMPORTED}"
    assert empty.run(code).split() == ["1", "sockcore_toy_module"]


def test_registrations_of_imported_plugin_are_not_used(tree):
    code = "import sys, sockcore_toy_module, sockcore\nprint(sockcore.say is sockcore_toy_module.say)\n"
    code += "from sockcore._plugins import discovery\nprint(*(p.state for p in discovery.plugins()))"
    assert tree.run(code).split() == ["True", "cached", "loaded"]


CHANGING = TOY.replace(
    'register.constants({"TOY_ONE": 1,',
    'more = dict.fromkeys(os.environ.get("MORE", "").split(), 3)\n'
    '        register.constants({"TOY_ONE": int(os.environ.get("NUMBER", 1)), **more,',
)


@pytest.fixture(scope="module")
def changing(tmp_path_factory, template):
    """Return a tree with a plugin that obeys environment variables.

    MORE and NUMBER change its registrations. FAIL is the exception that it raises.
    """
    tree = Tree(tmp_path_factory.mktemp("changing") / "tree", template)
    tree.install("toy", CHANGING.replace("SOCKCORE_API = 1", FAILING))
    tree.freeze()
    return tree


FAILING = """SOCKCORE_API = 1
    if "FAIL" in os.environ:
        raise eval(os.environ["FAIL"])
"""


def test_plugin_with_changed_registrations_replaces_them_and_warns(changing):
    code = """
        import warnings, sockcore
        print(sockcore.TOY_ONE, hasattr(sockcore, "TOY_TWO"), sockcore.MSG_TOY)
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            sockcore.socket().close()
        print(*(warning.message for warning in found))
        print(sockcore.TOY_ONE, sockcore.TOY_TWO, sockcore.say())
    """
    lines = changing.run(code, NUMBER="8", MORE="TOY_TWO").splitlines()
    assert lines[0].split()[:2] == ["1", "False"]
    assert lines[1] == (
        "sockcore plugin 'toy' does not register what it did when the startup cache was written: write it again "
        "(python -m sockcore freeze)"
    )
    assert lines[2:] == ["8 3 said"]


def test_plugin_that_fails_at_first_use_is_removed_and_warns(changing):
    code = """
        import warnings, sockcore, systems
        sockcore.TOY_ONE, sockcore.AF_TOY
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            sock = sockcore.socket(systems.LOCAL)
        print(*(f"{warning.category.__name__} {warning.message}" for warning in found))
        try:
            sock.bind("address")
        except OSError as exc:
            print(exc)
        sock.close()
        print(hasattr(sockcore, "TOY_ONE"), hasattr(sockcore, "AF_TOY"), sockcore.BYSTANDER)
        sockcore.socket(systems.LOCAL).close()
    """
    lines = changing.run(code, FAIL="ValueError('on purpose')").splitlines()
    assert lines[0] == (
        "PluginWarning sockcore plugin 'toy' of the distribution sockcore-toy 1.0 is left out: ValueError: on purpose"
    )
    assert "no plugin knows its addresses" in lines[1]
    assert lines[2:] == ["False False 5"]


@pytest.mark.parametrize("exception", ["KeyboardInterrupt()", "OSError(24, 'no descriptors')", "MemoryError()"])
def test_cached_plugin_load_after_interruption_starts_over(changing, exception):
    code = f"""
        import os, sockcore
        for _ in range(2):
            try:
                sockcore.socket()
            except ({exception.partition("(")[0]}) as exc:
                print(repr(exc)[:8])
        print(sockcore.TOY_ONE, sockcore.AF_TOY.name)
        del os.environ["FAIL"]
        with sockcore.socket() as sock:
            print(sock.shout(), sockcore.say())
    """
    expected = [exception[:8]] * 2 + ["1 AF_TOY", "SAID said"]
    assert changing.run(code, FAIL=exception).splitlines() == expected


def test_first_use_of_cached_family_by_many_threads_has_one_codec(tree):
    code = """
        import sys, threading
        import sockcore, systems
        sys.setswitchinterval(1e-6)
        from sockcore._plugins import discovery
        barrier = threading.Barrier(16)
        found, problems = [], []
        def use():
            try:
                barrier.wait()
                known = discovery.registry()
                found.append((known.family(systems.LOCAL, 0), known.family(systems.LOCAL, 0)))
                with sockcore.socket() as sock:
                    assert sock.shout() == "SAID"
            except BaseException as exc:
                problems.append(exc)
        threads = [threading.Thread(target=use) for _ in range(16)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        codecs = {codec for pair in found for codec in pair}
        print(problems, len(codecs), *(type(codec).__name__ for codec in codecs))
    """
    assert tree.run(code).strip() == "[] 1 Toy"


@needs_local_names
def test_socket_opened_during_import_of_its_plugin_gets_the_codec(empty):
    """A finalizer can open it, for example. Its addresses are raw until then."""
    body = """SOCKCORE_API = 1
    import sockcore
    EARLY = sockcore.socket(__import__("systems").LOCAL)
    EARLY_NAME = type(EARLY.getsockname()).__name__
    """
    empty.install("toy", TOY.replace("SOCKCORE_API = 1", body))
    code = """
        import sys, sockcore, systems
        with sockcore.socket(systems.LOCAL):
            pass
        early = sys.modules["sockcore_toy_module"].EARLY
        print(sys.modules["sockcore_toy_module"].EARLY_NAME, early.getsockname())
        early.close()
        with sockcore.socket(systems.LOCAL) as sock:
            print(sock.getsockname())
    """
    empty.freeze(PYTHONWARNINGS="ignore")
    assert empty.run(code).splitlines() == ["RawAddress toy address", "toy address"]
    frozen = "import sys, sockcore\nsockcore.TOY_ONE\n" + IMPORTED
    assert empty.run(frozen).strip() == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_fork_during_load_of_cached_plugin_waits(empty):
    body = """SOCKCORE_API = 1
    if events := getattr(sys.modules["__main__"], "events", None):
        events[0].set()
        events[1].wait(60)
    """
    empty.install("toy", TOY.replace("SOCKCORE_API = 1", body))
    empty.freeze()
    code = """
        import os, sys, threading
        import sockcore, systems
        events = threading.Event(), threading.Event()
        sockcore.TOY_ONE
        assert "sockcore_toy_module" not in sys.modules
        thread = threading.Thread(target=lambda: sockcore.socket(systems.LOCAL).close())
        thread.start()
        events[0].wait()
        # fork() calls this function before that of sockcore, which waits.
        os.register_at_fork(before=events[1].set)
        pid = os.fork()
        if not pid:
            sockcore.socket(systems.LOCAL).close()
            os._exit(7)
        print(os.waitpid(pid, 0)[1] >> 8)
        thread.join()
    """
    done = empty.python("-c", textwrap.dedent(code), warnings="ignore", SOCKCORE_FROZEN=str(empty.cache))
    assert done.stdout.strip() == "7"
