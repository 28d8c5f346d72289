"""A certificate authority of one's own, as companies have one for the proxy that looks into their traffic."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make_authority(directory: Path, host: str, days: float = 1) -> tuple[Path, Path]:
    """Write ``ca.pem``, the authority, and ``server.pem``, key and certificate of *host*, which are good for so many
    *days*; returns both paths."""
    ca_key, ca_name = ec.generate_private_key(ec.SECP256R1()), _name("Tests only")
    ca = _builder(ca_name, ca_name, ca_key, days).add_extension(x509.BasicConstraints(True, 0), critical=True)
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _builder(_name(host), ca_name, key, days).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
    )
    authority, server = directory / "ca.pem", directory / "server.pem"
    authority.write_bytes(_pem(ca.sign(ca_key, hashes.SHA256())))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server.write_bytes(private + _pem(leaf.sign(ca_key, hashes.SHA256())))
    return authority, server


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: float
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
