"""Artifacts at ``s3://``: size, small files, and URLs that servers fetch them with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from refit.core.errors import InvalidInput, StagingError
from refit.words.reason import Reason

_ABSENT = ("NoSuchKey", "404", "AccessDenied", "403")


class S3:
    """The object store that the controller's environment leads to."""

    def __init__(self, expires_s: float) -> None:
        try:  # here, since it takes longer to load than all else that finds an artifact
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError as error:
            raise InvalidInput(
                Reason("s3_needs_boto3"),
                next_command=Reason("install_boto3"),
            ) from error
        self._errors = (BotoCoreError, ClientError, ValueError)
        self._expires_s = int(expires_s)
        # Signatures of the older kind are refused by newer regions.
        config = Config(signature_version="s3v4", connect_timeout=10, read_timeout=20, retries={"max_attempts": 3})
        with self._explained("s3://"):
            self._client = boto3.client("s3", config=config)

    def size(self, bucket: str, key: str) -> int:
        with self._explained(f"s3://{bucket}/{key}"):
            return int(self._client.head_object(Bucket=bucket, Key=key)["ContentLength"])

    def read(self, bucket: str, key: str, max_bytes: int) -> bytes | None:
        with self._explained(f"s3://{bucket}/{key}"):
            try:
                return bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read(max_bytes))
            except self._errors as error:
                if code_of(error) not in _ABSENT:
                    raise
                return None

    def presigned(self, bucket: str, key: str) -> str:
        named = {"Bucket": bucket, "Key": key}
        with self._explained(f"s3://{bucket}/{key}"):
            return str(self._client.generate_presigned_url("get_object", Params=named, ExpiresIn=self._expires_s))

    @contextlib.contextmanager
    def _explained(self, where: str) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            if code_of(error) in ("NoSuchKey", "NoSuchBucket", "404"):
                advice = Reason("correct_or_upload")
            else:
                advice = Reason("try_s3", url=where)
            raise StagingError(Reason("s3_failed", why=str(error)), where=where, next_command=advice) from error


def code_of(error: Exception) -> str:
    """S3's own name for what went wrong; empty where it did not come to that."""
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
