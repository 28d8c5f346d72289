"""Rules that hold for the repository as a whole. Each test lists every place that breaks its rule."""

from __future__ import annotations

import ast
import configparser
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import jinja2.nodes
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "requirements"
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def repository_files() -> list[Path]:
    """Return every file that is committed or could be: what .gitignore names is not ours."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def from_venv(*command: str) -> Any:
    """Run a tool of the environment that runs this test, from the root; return the JSON that it prints."""
    tool = Path(sys.executable).parent / command[0]
    done = subprocess.run([str(tool), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- Code -----------------------------------------------------------------------------------------------------------


def imported_modules(source: str) -> Iterator[tuple[int, str]]:
    """Yield line number and top-level name of every absolute import."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, str(node.module).split(".")[0]


# It lies with the plugins, which send its text; a host's Python runs it.
STARTER = ROOT / "playbooks" / "plugin_utils" / "starter.py"


def test_the_code_that_runs_on_servers_needs_the_standard_library_only():
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in [*sorted((ROOT / "module_utils").rglob("*.py")), STARTER]
        for line, name in imported_modules(path.read_text(encoding="utf-8"))
        if name not in sys.stdlib_module_names
    ]
    assert not wrong


# What works by name follows whatever stands there by then: a link of somebody else's, where he may write.
BY_NAME = {"os.chmod", "os.chown", "os.lchown", "os.makedirs", "remove_tree", "shutil.rmtree"}
BY_NAME |= {f"shutil.{name}" for name in ("copy", "copy2", "copyfile", "copytree", "move")}
PLACES_OF_ROOTS_OWN = {
    "library/npm_archive.py": "runs on the controller as the person there, in that person's directory",
    "module_utils/refit/artifacts/build_log.py": "in the state directory and a release that is being made, root's own",
    "module_utils/refit/artifacts/build_user.py": "makes what it hands out in one that stays root's; above uv's cache",
    "module_utils/refit/artifacts/download.py": "opens a descriptor, which it got with O_NOFOLLOW",
    "module_utils/refit/artifacts/incoming.py": "in the incoming directory, root's own, which is looked at first",
    "module_utils/refit/artifacts/jar.py": "in a release that is being made, root's own",
    "module_utils/refit/artifacts/wheel.py": "in a release that is being made, root's own",
    "module_utils/refit/core/durable.py": "its callers give directories of root's own, or come by way of core/beneath",
    "module_utils/refit/deploy/pruning.py": "in releases/, root's own, which is looked at first",
    "module_utils/refit/deploy/staging.py": "in releases/, root's own, which is looked at first",
    "module_utils/refit/deploy/transplant.py": "in releases/ and the directory of packs, root's own, looked at first",
    "playbooks/plugin_utils/starter.py": "in its user's own store, and only where nobody else can exchange that",
}


def calls_by_name(source: str) -> Iterator[tuple[int, str]]:
    """Yield line number and name of every call that writes, removes or gives away what a path leads to."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called, given = ast.unparse(node.func), {keyword.arg: keyword.value for keyword in node.keywords}
            mode = given.get("mode", node.args[1] if len(node.args) > 1 else None)
            reads = mode is None or (isinstance(mode, ast.Constant) and not set("wax+") & set(str(mode.value)))
            if (called in BY_NAME and "dir_fd" not in given) or (called in ("open", "io.open") and not reads):
                yield node.lineno, called


def test_root_works_by_name_only_in_places_of_its_own():
    """Anywhere else it is core/beneath that works: from descriptors, through no link."""
    found = {
        str(path.relative_to(ROOT)): [f"{line} calls {name}" for line, name in calls]
        for path in [*(ROOT / "module_utils").rglob("*.py"), *(ROOT / "library").glob("*.py"), STARTER]
        if (calls := list(calls_by_name(path.read_text(encoding="utf-8"))))
    }
    assert {path: calls for path, calls in found.items() if path not in PLACES_OF_ROOTS_OWN} == {}
    assert PLACES_OF_ROOTS_OWN.keys() - found.keys() == set(), "these files need no exception any more"


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("os.chown(path, 1, 1)", True),
        ("os.chown(path, 1, 1, follow_symlinks=False)", True),
        ("os.chown(name, 1, 1, dir_fd=fd)", False),
        ("os.fchown(fd, 1, 1)", False),
        ("shutil.rmtree(path)", True),
        ("os.makedirs(path, exist_ok=True)", True),
        ("open(path)", False),
        ("open(path, 'rb')", False),
        ("open(path, encoding='utf-8')", False),
        ("open(path, 'w')", True),
        ("open(path, mode='r+b')", True),
        ("open(path, mode)", True),
    ],
)
def test_a_call_by_name_is_known_when_it_is_seen(line, caught):
    assert bool(list(calls_by_name(line))) is caught


PACKAGE = ROOT / "module_utils" / "refit"
ROOMS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file())
MOST_FILES = 20


def test_a_room_of_the_package_can_be_overlooked():
    files = {room: [path for path in (PACKAGE / room).glob("*.py") if path.name != "__init__.py"] for room in ROOMS}
    assert {room: len(found) for room, found in files.items() if len(found) > MOST_FILES} == {}


def test_a_room_says_what_it_is_in_one_sentence_and_loads_nothing():
    """A call on a host loads each `__init__.py` on its way, and must not load more than it uses."""
    wrong = []
    for room in ROOMS:
        if room == "modules":  # the one door that others go through
            continue
        body = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8")).body
        text = body[0].value.value if len(body) == 1 and isinstance(body[0], ast.Expr) else None
        wrong += [] if isinstance(text, str) and text.strip().endswith(".") and "\n" not in text else [room]
    assert not wrong


def test_unit_tests_lie_in_the_room_of_what_they_test():
    rooms = {path.name for path in (ROOT / "tests" / "unit").iterdir() if any(path.glob("test_*.py"))}
    plugins = {path.name for path in (ROOT / "playbooks").glob("*_plugins")}
    assert rooms <= {*ROOMS, *plugins, "plugin_utils", "repo", "support", "workstation"}
    assert not list((ROOT / "tests" / "unit").glob("test_*.py"))


def said_in_code(source: str) -> Iterator[tuple[int, str]]:
    """Yield line number and text of all that a Python file may say: its texts, but for what documents it."""
    tree = ast.parse(source)
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("DOCUMENTATION", "EXAMPLES", "RETURN"):
            silent.add(id(node.value))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.lineno, node.value


def said_in_yaml(value: Any) -> Iterator[str]:
    """Yield every text that a file of tasks or variables holds."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from said_in_yaml(inner)


A_COMMAND = re.compile(r"ansible-playbook |\.yml -e|(?<![\w-])-e [a-z]\w*=|\bansible \S+ -m |\bansible -m ")


def test_every_command_that_is_shown_is_written_in_one_place():
    """config/invocation.py; the lookup playbook_command for roles: else it would act on the production fleet, and an
    option without its command is none that can be pasted."""
    code = [
        *(ROOT / "module_utils").rglob("*.py"),
        *(ROOT / "library").glob("*.py"),
        *(ROOT / "playbooks").rglob("*.py"),
    ]
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in code
        if not path.is_symlink()
        for line, text in said_in_code(path.read_text(encoding="utf-8"))
        if A_COMMAND.search(text)
    ]
    tasks = [path for path in (ROOT / "roles").rglob("*.yml") if path.parent.name != "meta"]
    wrong += [
        str(path.relative_to(ROOT))
        for path in [*tasks, *(ROOT / "playbooks").rglob("*.yml")]
        for text in said_in_yaml(load_yaml(path))
        if A_COMMAND.search(text)
    ]
    assert not wrong


def test_every_module_is_documented():
    modules = sorted(path.stem for path in (ROOT / "library").glob("*.py"))
    if not modules:
        pytest.skip("library/ holds no module")
    shown = from_venv("ansible-doc", "--type", "module", "--module-path", "library", "--json", *modules)
    wrong = []
    for name in modules:
        page = shown.get(name) or {}
        wrong += [f"{name}: no {part}" for part in ("doc", "examples", "return") if not page.get(part)]
        for field, about in (page.get("return") or {}).items():
            missing = {"description", "returned", "type"} - about.keys()
            wrong += [f"{name}: RETURN {field} without {part}" for part in sorted(missing)]
    assert not wrong


# --- Roles ----------------------------------------------------------------------------------------------------------


def load_yaml(path: Path) -> Any:
    """Return what a YAML file says; an empty or missing file says nothing."""
    return (yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None) or {}


def role_directories() -> list[Path]:
    return sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir()) if (ROOT / "roles").exists() else []


def test_every_role_explains_itself():
    wrong = []
    for role in role_directories():
        files = ("README.md", "meta/argument_specs.yml")
        wrong += [f"{role.name}: no {name}" for name in files if not (role / name).is_file()]
        for entry, spec in load_yaml(role / "meta/argument_specs.yml").get("argument_specs", {}).items():
            wrong += [f"{role.name}, {entry}: no short_description"] if not spec.get("short_description") else []
            for option, about in (spec.get("options") or {}).items():
                wrong += [
                    f"{role.name}, {entry}: {option} without {part}"
                    for part in ("description", "type")
                    if not about.get(part)
                ]
    assert not wrong


def test_a_roles_entry_points_and_its_specs_are_the_same_set():
    wrong = []
    for role in role_directories():
        specs = set(load_yaml(role / "meta/argument_specs.yml").get("argument_specs", {}))
        tasks = {path.stem for path in (role / "tasks").glob("*.yml")}
        wrong += [f"{role.name}: spec {name} has no tasks/{name}.yml" for name in sorted(specs - tasks)]
        wrong += [f"{role.name}: tasks/main.yml has no spec"] if "main" in tasks - specs else []
    assert not wrong


def test_a_roles_defaults_are_those_its_specs_name():
    wrong = []
    for role in role_directories():
        defaults = load_yaml(role / "defaults/main.yml")
        documented: set[str] = set()
        for entry, spec in load_yaml(role / "meta/argument_specs.yml").get("argument_specs", {}).items():
            for option, about in (spec.get("options") or {}).items():
                documented.add(option)
                where = f"{role.name}, {entry}: {option}"
                if "default" in about and option not in defaults:
                    wrong.append(f"{where} has a default in the spec but not in defaults/main.yml")
                elif "default" in about and about["default"] != defaults[option]:
                    wrong.append(f"{where} is {defaults[option]!r} in defaults/main.yml, {about['default']!r} here")
                elif option in defaults and about.get("required"):
                    wrong.append(f"{where} is required and has a default")
        wrong += [f"{role.name}: {name} has a default but no spec" for name in sorted(defaults.keys() - documented)]
        wrong += [f"{role.name}: {name} lacks the prefix" for name in documented if not name.startswith(role.name)]
    assert not wrong


# What Ansible itself gives to a template, beside what begins with `ansible_`.
FROM_ANSIBLE = {
    "groups",
    "hostvars",
    "inventory_hostname",
    "lookup",
    "now",
    "omit",
    "playbook_dir",
    "query",
    "role_path",
}
# It checks what a person asked for, by the names that a person knows.
READS_THE_REQUEST = {"guard"}


def variables_read(value: Any) -> set[str]:
    """The names that the templates in *value*, of YAML, take from outside of themselves."""
    if isinstance(value, dict):
        return set().union(*(variables_read(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(variables_read(part) for part in value))
    if not isinstance(value, str):
        return set()
    names = list(jinja2.Environment().parse(value).find_all(jinja2.nodes.Name))
    return {name.name for name in names if name.ctx == "load"} - {name.name for name in names if name.ctx != "load"}


def test_a_roles_defaults_read_nothing_but_the_role():
    """What a role goes by is handed to it, by a playbook or by playbooks/group_vars/all.yml."""
    wrong = []
    for role in role_directories():
        own = (f"{role.name}_", f"__{role.name}_", "ansible_")
        for path in sorted([*role.glob("defaults/*.yml"), *role.glob("vars/*.yml")]):
            for name, value in load_yaml(path).items():
                strange = {read for read in variables_read(value) if not read.startswith(own)} - FROM_ANSIBLE
                wrong += [f"{path.relative_to(ROOT)}: {name} reads {read}" for read in sorted(strange)]
    assert [found for found in wrong if found.split("/")[1] not in READS_THE_REQUEST] == []


def role_variables() -> dict[str, set[str]]:
    """What the specs of each role name."""
    return {
        role.name: {
            option
            for spec in load_yaml(role / "meta/argument_specs.yml").get("argument_specs", {}).values()
            for option in spec.get("options") or {}
        }
        for role in role_directories()
    }


# Words of a task that are expressions without braces.
EXPRESSIONS = {"when", "that", "until", "changed_when", "failed_when"}


def braced(value: Any, bare: bool = False) -> Any:
    """*value*, of a file of tasks, with braces around every expression that stands without."""
    if isinstance(value, dict):
        return {key: braced(part, key in EXPRESSIONS) for key, part in value.items()}
    if isinstance(value, list):
        return [braced(part, bare) for part in value]
    return f"{{{{ {value} }}}}" if bare and isinstance(value, str) else value


def test_a_roles_tasks_read_neither_what_a_person_says_nor_what_another_role_is_given():
    wrong = []
    for role in role_directories():
        if role.name in READS_THE_REQUEST:
            continue
        others = set().union(*(names for name, names in role_variables().items() if name != role.name))
        tasks = {path: braced(load_yaml(path)) for path in role.glob("tasks/*.yml")}
        texts = {path: path.read_text(encoding="utf-8") for path in role.glob("templates/*.j2")}
        for path, value in sorted({**tasks, **texts}.items()):
            read = variables_read(value)
            strange = {name for name in read if name.startswith(("refit_", "deploy_", "release_"))} | (read & others)
            wrong += [f"{path.relative_to(ROOT)} reads {name}" for name in sorted(strange)]
    assert not wrong


def roles_taken(value: Any) -> Iterator[tuple[str, set[str]]]:
    """Yield every role that *value*, plays or tasks, runs, with the names that it is handed there."""
    if isinstance(value, list):
        for part in value:
            yield from roles_taken(part)
    elif isinstance(value, dict):
        handed = set(value.get("vars") or {})
        for key, part in value.items():
            if key in ("role", "ansible.builtin.import_role", "ansible.builtin.include_role"):
                yield (part if key == "role" else part["name"]), handed
            elif isinstance(part, (dict, list)):
                yield from roles_taken(part)


def inclusions(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every inclusion of a role in *value*, plays or tasks."""
    for part in value if isinstance(value, list) else []:
        for word in ("ansible.builtin.include_role", "ansible.builtin.import_role"):
            yield from [part[word]] if word in part else []
        for block in ("tasks", "block", "rescue", "always"):
            yield from inclusions(part.get(block))


def test_no_role_is_checked_by_ansible_which_shows_all_of_its_spec_on_every_host():
    files = [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("playbooks/hooks/*/*.yml"), *ROOT.glob("roles/*/tasks/*.yml")]
    found = {path.relative_to(ROOT): [*inclusions(load_yaml(path))] for path in sorted(files)}
    assert sum(map(len, found.values())) > 40
    wrong = [path for path, each in found.items() if any(one.get("rolespec_validate") is not False for one in each)]
    assert [str(path) for path in wrong] == []
    assert [
        path.name for path in ROOT.glob("playbooks/*.yml") if any("roles" in play for play in load_yaml(path))
    ] == []


# The plugin checks them again, and its trouble is told and ends no run; playbooks/notify.yml has them checked.
CHECKED_BY_ITS_PLUGIN = {"notify"}


def test_each_role_checks_first_what_it_was_given_in_one_sentence():
    wrong = []
    for role in role_directories():
        if role.name in CHECKED_BY_ITS_PLUGIN:
            continue
        for entry in load_yaml(role / "meta/argument_specs.yml").get("argument_specs", {}):
            first = load_yaml(role / f"tasks/{entry}.yml")[0]
            taken = first.get("ansible.builtin.import_role", {})
            asked = first.get("vars", {}).get("guard_arguments_entry", "main")
            by_guard = (taken.get("name"), taken.get("tasks_from"), asked) == ("guard", "arguments", entry)
            by_itself = first.get("ansible.builtin.import_tasks") == "arguments.yml"
            wrong += [] if by_guard or by_itself else [f"{role.name}: {entry}"]
    assert not wrong


def test_the_playbooks_say_a_thing_once():
    """Where the role is run; in playbooks/group_vars/all.yml where that is in several places."""
    wired = load_yaml(ROOT / "playbooks/group_vars/all.yml").keys()
    roles = role_variables()
    files = [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("playbooks/hooks/*/*.yml"), *ROOT.glob("roles/*/tasks/*.yml")]
    taken = [(path, *found) for path in sorted(files) for found in roles_taken(load_yaml(path))]
    wrong = []
    for name, options in roles.items():
        places = {path for path, role, _handed in taken if role == name}
        wrong += [
            f"{option} is wired for all, for {name} that runs once" for option in options & wired if len(places) < 2
        ]
    for path, _role, handed in taken:
        wrong += [f"{path.relative_to(ROOT)} hands on {option}, wired for all" for option in sorted(handed & wired)]
    assert not wrong


def test_what_a_site_says_is_not_said_again_by_the_playbooks():
    """`group_vars/all` beside a playbook wins over that of an inventory."""
    wired = load_yaml(ROOT / "playbooks/group_vars/all.yml").keys()
    said = {
        name
        for path in ROOT.glob("inventory/*/group_vars/all.yml")
        for name in re.findall(r"^(?:# )?([a-z][a-z0-9_]*):", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert "refit_services" in said
    assert "refit_artifact" in said
    assert wired & said == set()


# --- Settings -------------------------------------------------------------------------------------------------------


def ini_settings(documented: Any) -> Iterator[tuple[str, str]]:
    """Yield section and key of every setting in what `ansible-config list` printed, at any depth."""
    if isinstance(documented, dict):
        places = documented.get("ini")
        if isinstance(places, list):
            yield from ((place["section"], place["key"]) for place in places)
        for value in documented.values():
            yield from ini_settings(value)


def test_ansible_knows_every_setting_in_ansible_cfg():
    known = set(ini_settings(from_venv("ansible-config", "list", "--type", "all", "--format", "json")))
    ours = configparser.ConfigParser(interpolation=None)
    ours.read(ROOT / "ansible.cfg", encoding="utf-8")
    assert ours.sections()
    assert {(section, key) for section in ours.sections() for key in ours[section]} <= known


def test_no_server_writes_down_what_a_module_is_given():
    """It may hold secrets, and Ansible has each module write its arguments to syslog."""
    ours = configparser.ConfigParser(interpolation=None)
    ours.read(ROOT / "ansible.cfg", encoding="utf-8")
    assert ours.getboolean("defaults", "no_target_syslog")


def test_the_actions_of_the_workflow_are_pinned_by_commit():
    used = re.findall(r"uses: (\S+)", (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert used
    assert [action for action in used if not re.search(r"@[0-9a-f]{40}$", action)] == []


def test_a_commit_is_checked_by_what_make_lint_runs():
    hooks = load_yaml(ROOT / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    target = re.search(r"^lint: ([^#]*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(hook["entry"] for hook in hooks) == sorted(f"make {name}" for name in target[1].split())


# --- Requirements ---------------------------------------------------------------------------------------------------


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")))


PYTHON_SETS = sorted(path.stem for path in REQUIREMENTS.glob("*.in"))


@pytest.mark.parametrize("name", PYTHON_SETS)
def test_pins_carry_hashes_and_no_address(name):
    text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    requirements = [
        line for line in text.replace("\\\n", " ").splitlines() if line and not line.lstrip().startswith("#")
    ]
    assert requirements
    assert [line for line in requirements if not PIN.match(line) or "--hash=sha256:" not in line] == []
    assert re.findall(r".*(?:://|--find-links|--index|--extra).*", text) == []


@pytest.mark.parametrize("name", PYTHON_SETS)
def test_what_is_asked_for_is_pinned(name):
    asked = re.findall(r"^([a-z0-9-]+)", (REQUIREMENTS / f"{name}.in").read_text(encoding="utf-8"), re.MULTILINE)
    assert [package for package in asked if package != "-c" and package not in pins(name)] == []


def test_sets_that_share_an_environment_agree_on_versions():
    versions: dict[str, set[str]] = {}
    for name in PYTHON_SETS:
        for package, version in pins(name).items():
            versions.setdefault(package, set()).add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


def test_node_packages_are_locked_by_hash_and_carry_no_address():
    package = json.loads((REQUIREMENTS / "node/package.json").read_text(encoding="utf-8"))
    asked = {**package["dependencies"], **package["devDependencies"]}
    lock = json.loads((REQUIREMENTS / "node/package-lock.json").read_text(encoding="utf-8"))["packages"]
    root = lock.pop("")
    assert {**root["dependencies"], **root["devDependencies"]} == asked
    assert {name: lock[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert [path for path, locked in lock.items() if not locked.get("integrity")] == []
    assert [path for path, locked in lock.items() if "resolved" in locked] == []


def test_no_file_names_a_package_registry():
    # In pieces, or this file would be the first to do so.
    registries = [b".".join(parts) for parts in ((b"pypi", b"org"), (b"pythonhosted", b"org"), (b"npmjs", b"org"))]
    registries += [b".".join(parts) for parts in ((b"npmjs", b"com"), (b"deb", b"debian", b"org"))]
    wrong = [
        f"{path.relative_to(ROOT)}: {registry.decode()}"
        for path in repository_files()
        for registry in registries
        if registry in path.read_bytes()
    ]
    assert not wrong
