"""Certificates: the user's own, or one that signs itself."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from actors.errors import RoomError

DAYS = 30


def load_certificate(certificate: Path, key: Path) -> ssl.SSLContext:
    """A context that serves the certificate chain and key of two PEM files.

    Raises `RoomError` where they cannot be read or do not belong together.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        reason = error.reason or "no PEM file"
        raise RoomError(
            f"The certificate {certificate} with the key {key} cannot be used: {reason}."
        ) from error
    except OSError as error:
        name = error.filename or certificate
        raise RoomError(f"The certificate cannot be read: {name}: {error.strerror}.") from error
    return context


def self_signed(names: Iterable[str]) -> ssl.SSLContext:
    """A context with a fresh key whose certificate holds for these names and addresses.

    Browsers warn of it once and then give microphones; good for a local network.
    """
    with tempfile.TemporaryDirectory(prefix="callboard-") as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        _write_self_signed(sorted(set(names)), certificate, key)
        return load_certificate(certificate, key)


def _write_self_signed(names: list[str], certificate_path: Path, key_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Callboard")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
