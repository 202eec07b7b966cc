"""Our DTLS certificate, and whose certificates we understand."""

# pyright: reportPrivateUsage=false
# The SSL context is made in a private method of aiortc's (test_aiortc_contract.py).
from aiortc.rtcdtlstransport import RTCCertificate, SRTPProtectionProfile
from OpenSSL import SSL

CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    b"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:"
    b"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
)
"""aiortc's, and each of them once more for a far side that signs by RSA: a DTLS server chooses by
its own certificate, and GStreamer, FreeSWITCH and older devices have an RSA one."""


class Certificate(RTCCertificate):
    """An ECDSA certificate that connects to servers of either kind."""

    def _create_ssl_context(self, srtp_profiles: list[SRTPProtectionProfile]) -> SSL.Context:
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(CIPHERS)
        return context
