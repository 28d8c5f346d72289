"""Root changes a balancer's configuration only where nobody else can lead it elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from refit.core.errors import RefitError, UnsafePath
from refit.core.system import System
from refit.deploy.nginx import Nginx, plan_state, set_state
from support.fakes import FakeClock, no_command

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be led elsewhere")

CONFIG = "upstream backend { server a:1; server b:1; }\n"


class Balancer:
    """The configuration in a directory of root's, the pid file in one of somebody else's."""

    def __init__(self, base: Path) -> None:
        self.system = System(clock=FakeClock(), run=no_command, proc=str(base / "proc"))
        self.config = base / "etc" / "upstream.conf"
        self.config.parent.mkdir()
        self.config.write_text(CONFIG)
        self.pid_file = base / "run" / "nginx.pid"
        self.pid_file.parent.mkdir()
        os.chown(self.pid_file.parent, 65534, 65534)

    def take_out(self, path: Path | None = None) -> None:
        nginx = Nginx(pid_file=str(self.pid_file))
        set_state(nginx, str(path or self.config), "backend", "a:1", self.system, down=True)


@pytest.fixture
def balancer(tmp_path: Path) -> Balancer:
    return Balancer(tmp_path)


def test_a_configuration_that_somebody_else_may_exchange_is_neither_planned_nor_changed(balancer: Balancer) -> None:
    balancer.config.parent.chmod(0o777)
    with pytest.raises(UnsafePath, match="the balancer's configuration leads root to where others"):
        plan_state(str(balancer.config), "backend", "a:1", down=True)
    with pytest.raises(UnsafePath):
        balancer.take_out()
    assert [path.name for path in balancer.config.parent.iterdir()] == ["upstream.conf"]


def test_so_is_one_that_a_link_leads_to(balancer: Balancer, tmp_path: Path) -> None:
    elsewhere = tmp_path / "app"
    elsewhere.mkdir(mode=0o777)
    elsewhere.chmod(0o777)
    link = balancer.config.with_name("link.conf")
    link.symlink_to(balancer.config.rename(elsewhere / "upstream.conf"))
    with pytest.raises(UnsafePath, match=str(elsewhere)):
        balancer.take_out(link)


def test_a_pipe_in_the_place_of_the_pid_file_keeps_nobody_waiting(balancer: Balancer) -> None:
    os.mkfifo(balancer.pid_file)
    with pytest.raises(RefitError, match="no plain file"):
        balancer.take_out()
    assert balancer.config.read_text() == CONFIG


def test_a_link_in_the_place_of_the_pid_file_is_not_followed(balancer: Balancer, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("4711")
    balancer.pid_file.symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafePath, match="is a link"):
        balancer.take_out()


def test_without_a_pid_file_nginx_is_not_running(balancer: Balancer) -> None:
    with pytest.raises(RefitError, match="nginx is not running here; nothing was changed"):
        balancer.take_out()
