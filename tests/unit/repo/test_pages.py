"""README and the runbooks: whatever they tell people to type is there, and is understood as it stands.

On servers of their own the commands are typed by ``tests/molecule/rollback_by_hand``.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from ansible.parsing.splitter import parse_kv

from refit.cli import incident, notify, rollback
from refit.notify.links import SECTIONS
from support.not_typed import NOT_TYPED, to_be_typed
from support.pages import Command, commands
from support.playbooks import BIN
from workstation.arguments import read
from workstation.commands import COMMANDS as WORDS

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = commands()
OPTIONS = {"--check", "--diff", "--ask-vault-pass"}
SCRIPTS = {"rollback.sh": rollback.parser, "discord-notify.sh": notify.parser, "incident.sh": incident.parser}
# Of the system: whether they are called rightly is seen where they run.
TOOLS = {"curl", "df", "eval", "export", "grep", "kill", "pgrep", "ps", "ssh", "ssh-keygen", "ssh-keyscan"}


def called(program: str) -> list[pytest.param]:
    """What each command of the pages gives *program*, without ``sudo`` before it."""
    found = {}
    for command in COMMANDS:
        for words in command.simple:
            name, *arguments = words[words[0] == "sudo" :] or [""]
            if name.rpartition("/")[2] == program and (arguments or command.in_block):
                found[str(command)] = pytest.param(command, arguments, id=str(command))
    return list(found.values())


def playbooks() -> list[pytest.param]:
    """What follows ``ansible-playbook``; a playbook that is named with its arguments is short for that."""
    short = [command for command in COMMANDS if re.match(r"playbooks/\S+\.yml |rollback\.yml ", command.text)]
    words = {command: re.sub(r"[\[\]]", "", command.text) for command in short}
    named = [pytest.param(command, Command("", words[command], True).simple[0], id=str(command)) for command in short]
    return called("ansible-playbook") + named


def text_of(playbook: Path) -> str:
    """*playbook* and what it imports, the guard and the site's wiring; where variables are used that `-e` gives."""
    text = playbook.read_text(encoding="utf-8")
    imported = re.findall(r"import_playbook: (\S+)", text)
    return "\n".join([text, *(text_of(playbook.parent / name) for name in imported)])


def options_of(text: str) -> set[str]:
    """The variables of the roles that *text*, a playbook's, names."""
    found = set()
    for role in set(re.findall(r"(?:role|name): (\w+)$", text, re.MULTILINE)):
        specs = ROOT / "roles" / role / "meta" / "argument_specs.yml"
        if specs.is_file():
            for entry in yaml.safe_load(specs.read_text(encoding="utf-8"))["argument_specs"].values():
                found |= set(entry.get("options") or {})
    return found


def parsed(arguments: list[str]) -> tuple[list[str], dict[str, str], Mapping[str, str]]:
    """Playbooks, variables as Ansible reads them from ``-e``, and options with a value."""
    names, given, options = [], {}, {}
    rest = iter(arguments)
    for word in rest:
        if word == "-e":
            given.update(parse_kv(next(rest)))
        elif word in ("-i", "--limit", "--tags"):
            options[word] = next(rest)
        elif word.startswith("-"):
            assert word in OPTIONS, word
        else:
            names.append(word)
    return names, given, options


@pytest.mark.parametrize(("command", "arguments"), playbooks())
def test_a_playbook_is_there_and_knows_the_variables_that_it_is_given(command: Command, arguments: list[str]) -> None:
    (name,), given, options = parsed(arguments)
    text = text_of(ROOT / name)
    wired = (ROOT / "playbooks" / "group_vars" / "all.yml").read_text(encoding="utf-8")
    guard = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "roles" / "guard").rglob("*.yml"))
    used = set(re.findall(r"\w+", text + wired + guard)) | options_of(text)

    assert "_raw_params" not in given, "a value with a blank has lost its quotes"
    assert given.keys() - used == set()
    assert (ROOT / options.get("-i", "inventory/production")).is_dir()
    tags = re.search(r"guard_tags: \[(.*)\]", text)
    assert set(filter(None, options.get("--tags", "").split(","))) <= set(tags[1].split(", ") if tags else [])
    about_one = not {"guard_fleet: false", "refit_any_service: true"} & set(map(str.strip, text.splitlines()))
    if about_one and command.in_block and "-i" not in options:  # the inventory that is shipped has two
        assert given.get("service") == "backend", "which service is meant?"


def test_the_artifact_is_the_same_on_all_pages_and_one_of_the_service_that_is_shipped() -> None:
    artifacts = {parsed(param.values[1])[1].get("release_artifact", "") for param in playbooks()}
    built = {name for name in artifacts if name.startswith("build/")}
    assert built == {"build/backend.jar", "build/backend-broken.jar"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_of_the_servers_is_called_by_sudo_and_path_and_takes_its_arguments(script: str) -> None:
    wrong = []
    for command, arguments in (param.values for param in called(script)):
        if arguments != ["--version"]:
            SCRIPTS[script]("ko").parse_intermixed_args(arguments)
        if not re.search(rf"(?:^|\| )sudo /opt/scripts/{re.escape(script)}|\.demo/server1/opt", command.text):
            wrong.append(str(command))
    assert wrong == []
    assert called(script)


@pytest.mark.parametrize(("command", "arguments"), called("refit"))
def test_refit_knows_what_it_is_told(command: Command, arguments: list[str]) -> None:
    asked = read([word for word in arguments if word != "…"])
    if asked.command in WORDS and command.in_block and not asked.inventories:
        assert asked.service == "backend", "which service is meant?"


@pytest.mark.parametrize(("command", "arguments"), called("make"))
def test_a_target_of_make_is_there(command: Command, arguments: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {word for word in arguments if "=" not in word} - set(targets) == set(), command


@pytest.mark.parametrize(("command", "arguments"), called("ansible"))
def test_a_module_is_there(command: Command, arguments: list[str]) -> None:
    module = arguments[arguments.index("-m") + 1]
    assert module == "ping" or (ROOT / "library" / f"{module}.py").is_file(), command


@pytest.mark.parametrize(("command", "arguments"), called("bash") + called("python"))
def test_a_program_of_this_checkout_is_there(command: Command, arguments: list[str]) -> None:
    assert (ROOT / arguments[0]).is_file(), command


def test_no_command_of_the_pages_is_of_a_kind_that_is_not_looked_at_here() -> None:
    ours = {"ansible-playbook", "refit", "ansible", "ansible-vault", "make", "bash", "python", "rollback.yml", *SCRIPTS}
    found = {
        (words[1:] if words[0] == "sudo" and len(words) > 1 else words)[0].rpartition("/")[2]: command
        for command in COMMANDS
        if command.in_block
        for words in command.simple
    }
    assert {name: str(command) for name, command in found.items() if name not in ours | TOOLS} == {}


# -- that each is typed on servers -----------------------------------------------------------------------------------

TYPING = ROOT / "tests" / "molecule" / "rollback_by_hand" / "test_what_the_pages_say.py"


def said_in(path: Path) -> set[str]:
    """The texts that the Python file *path* says: as such, and with names that it gave to some of them put in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named: dict[str, str] = {}

    def text_of_node(node: ast.AST) -> str | None:
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.Name):
            return named.get(node.id)
        if isinstance(node, ast.FormattedValue):
            return text_of_node(node.value)
        parts = [text_of_node(part) for part in getattr(node, "values", [])]
        return "".join(filter(None, parts)) if isinstance(node, ast.JoinedStr) and None not in parts else None

    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = text_of_node(node.value)
            named.update({node.targets[0].id: value} if value is not None else {})
    return {text for node in ast.walk(tree) if (text := text_of_node(node)) is not None}


def test_every_command_is_typed_on_servers_or_it_is_said_why_not() -> None:
    typed = said_in(TYPING)
    assert [str(command) for command in to_be_typed() if command.text not in typed] == []


def test_of_no_command_that_is_gone_it_is_said_why_it_is_not_typed() -> None:
    assert NOT_TYPED.keys() - {command.text for command in COMMANDS} == set()
    assert all(NOT_TYPED.values())


def headings(file):
    """What a forge calls the headings of *file* in its URL: small letters, blanks as hyphens, no other signs."""
    lines = (ROOT / "docs/runbooks" / file).read_text(encoding="utf-8").splitlines()
    titles = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("section", sorted(set(SECTIONS.values())))
def test_every_section_stands_in_the_runbooks(section):
    file, _, name = section.partition("#")
    assert name in headings(file)


def test_what_a_clone_that_everybody_may_write_to_does_is_said_where_the_tools_are_installed(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    shutil.copy(ROOT / "ansible.cfg", clone)
    clone.chmod(0o777)
    asked = [str(BIN / "ansible-config"), "dump", "--only-changed"]
    env = {name: value for name, value in os.environ.items() if name != "ANSIBLE_CONFIG"}
    done = subprocess.run(
        asked, cwd=clone, env={**env, "HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert "world writable directory" in " ".join(done.stderr.split())
    assert "roles" not in done.stdout
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert "Where everybody may write to the clone (`chmod o-w .`), Ansible ignores its `ansible.cfg`" in readme
