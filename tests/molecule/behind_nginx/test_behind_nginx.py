"""Single processes behind a real nginx, each out of it while it restarts: users notice nothing."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest

from support.containers.site import Site

FIRST, SECOND, BAD = "20240127-100000", "20240127-110000", "20240127-120000"
PORT = 8000
UPSTREAM = "/etc/nginx/conf.d/ai-service.conf"
FRONT = """
server {
    listen 80 default_server;
    location / {
        proxy_pass http://ai-service;
        proxy_next_upstream off;  # a request that fails is not tried elsewhere: it would not be seen
    }
}
"""
DRAINED = json.dumps(
    {
        "service": "ai-service",
        "deploy_hooks_dir": "playbooks/hooks/nginx",
        "deploy_batches": [1],
        "rollback_batches": [1],
        "rollback_further": True,
    }
)


@pytest.fixture(scope="module")
def url(site: Site) -> str:
    """Where nginx hands requests on to the three servers."""
    balancer = site.host("balancer")
    installed = balancer.run("apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install nginx-light")
    assert installed.rc == 0, installed.stderr
    servers = "".join(f"    server {site.addresses[name]}:{PORT};\n" for name in site.app)
    for path, text in (
        (UPSTREAM, f"upstream ai-service {{\n{servers}}}\n"),
        ("/etc/nginx/sites-enabled/default", FRONT),
    ):
        balancer.run_expect([0], "rm -f %s && printf %%s %s > %s", path, text, path)
    site.must_deploy(FIRST, service="ai-service")
    balancer.run_expect([0], "systemctl enable nginx && systemctl restart nginx")
    return "http://{}/".format(site.addresses["balancer"])


def test_each_server_leaves_nginx_while_it_restarts(site: Site, url: str, measured: Callable[[str], None]) -> None:
    before = site.host("balancer").file(UPSTREAM).content_string
    seen: dict[str, dict[str, Any]] = {}

    with site.load("load", urls=[url]) as seen["deploy"]:
        done = site.play(*site.deploy_arguments(SECOND, service="ai-service"), "-e", DRAINED)
    assert done.returncode == 0, done.stdout
    assert site.running(PORT) == [SECOND] * 3

    with site.load("load", urls=[url]) as seen["bad canary, taken back"]:
        done = site.play(*site.deploy_arguments(BAD, "unhealthy", service="ai-service"), "-e", DRAINED)
    assert done.returncode == 2, done.stdout
    assert site.running(PORT) == [SECOND] * 3

    with site.load("load", urls=[url]) as seen["rollback"]:
        done = site.play("rollback.yml", "-e", DRAINED)
    assert done.returncode == 0, done.stdout
    assert site.running(PORT) == [FIRST] * 3

    for act, found in seen.items():
        measured("behind nginx, {}: {} of {} requests failed".format(act, found["failed"], found["requests"]))
        assert found["requests"] > 100
        assert (found["failed"], found["wrong"]) == (0, 0), (act, found)
    assert site.host("balancer").file(UPSTREAM).content_string == before
