"""A far side whose DTLS certificate is signed by RSA, as GStreamer's and many servers' are."""

import datetime

import aioice.ice
import pytest
import trio
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import RTCCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from actors.call.port import Connected, ConnectionFailed, Signal
from actors.call.webrtc import open_media_engine
from actors.call.webrtc.loop_thread import open_loop_thread


class RsaCertificate(RTCCertificate):
    """As such peers have it; as servers they have no suite but those of RSA."""

    @classmethod
    def generateCertificate(cls):  # noqa: N802  (aiortc's name)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "far side")])
        now = datetime.datetime.now(tz=datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
        )
        return cls(key=key, cert=builder.sign(key, hashes.SHA256()))

    def _create_ssl_context(self, srtp_profiles):
        context = super()._create_ssl_context(srtp_profiles)
        context.set_cipher_list(b"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256")
        return context


@pytest.mark.parametrize("setup", ["actpass", "active", "passive"])
def test_it_connects_whoever_is_the_dtls_server(setup, monkeypatch):
    # RFC 8842: who offers "passive" serves, and a server chooses by its own certificate.
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])

    async def main():
        async with (
            open_loop_thread("far side") as far,
            open_media_engine() as engine,
            engine.open_line() as line,
            line.open_port(loopback=True) as port,
        ):
            peers = []

            async def offer():
                peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
                vars(peer)["_RTCPeerConnection__certificates"] = [
                    RsaCertificate.generateCertificate()
                ]
                peers.append(peer)
                peer.addTransceiver("audio", "recvonly")
                await peer.setLocalDescription(await peer.createOffer())
                return peer.localDescription.sdp.replace("setup:actpass", f"setup:{setup}")

            sdp = await far.run(offer)
            try:
                await port.signal({"description": {"type": "offer", "sdp": sdp}})
                with trio.fail_after(10):
                    await connect(port, far, peers[0])
            finally:
                with trio.CancelScope(shield=True):
                    await far.run(peers[0].close)

    async def connect(port, far, peer):
        async for event in port.events:
            match event:
                case Signal({"description": answer}):
                    given = RTCSessionDescription(**answer)
                    await far.run(lambda given=given: peer.setRemoteDescription(given))
                case Connected():
                    return
                case ConnectionFailed(reason):
                    pytest.fail(reason)

    trio.run(main)
