"""An S3 on this machine (moto) that speaks TLS, as the real one does."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


class ObjectStore:
    """From `with` to its end; *requests* are path and query of every request."""

    def __init__(self, context: ssl.SSLContext, ca_file: Path) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, ssl_context=context)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._ca_file = ca_file
        self.requests: list[tuple[str, str]] = []

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.requests.append((environ["PATH_INFO"], environ.get("QUERY_STRING", "")))
        return self._app(environ, start_response)

    def __enter__(self) -> ObjectStore:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def environment(self) -> dict[str, str]:
        """What leads boto3 here, and to nothing of the person who runs the tests."""
        return {
            "AWS_ENDPOINT_URL": f"https://127.0.0.1:{self._server.port}",
            "AWS_CA_BUNDLE": str(self._ca_file),
            "AWS_REGION": "ap-northeast-2",
            "AWS_DEFAULT_REGION": "ap-northeast-2",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIEXAMPLE",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def upload(self, bucket: str, **objects: bytes) -> None:
        """Put *objects* (key to content) into a bucket, which is made when missing."""
        env = self.environment()
        client = boto3.client(
            "s3",
            endpoint_url=env["AWS_ENDPOINT_URL"],
            verify=env["AWS_CA_BUNDLE"],
            region_name=env["AWS_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": env["AWS_REGION"]})
        for key, content in objects.items():
            client.put_object(Bucket=bucket, Key=key, Body=content)
        client.close()
