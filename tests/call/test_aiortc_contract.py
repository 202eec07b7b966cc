"""Every private name of aiortc and aioice that the engine stands on: a new release breaks here."""

import ast
import inspect

import aioice.ice
import aiortc.rtcdtlstransport
import aiortc.rtcicetransport
import aiortc.rtcpeerconnection
import aiortc.rtcrtptransceiver
import pylibsrtp
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver

from actors.call.ice_settings import IceSettings
from actors.call.webrtc.ice import IceConnection
from actors.call.webrtc.receivers import RtpReceiver
from actors.call.webrtc.senders import RtpSender
from actors.call.webrtc.wire import MediaWire

PRIVATE_METHODS = {
    "_RTCPeerConnection__createDtlsTransport": "(self)",
    "_RTCPeerConnection__createTransceiver": "(self, direction, kind, sender_track=None)",
    "_RTCPeerConnection__connect": "(self)",
}

OVERRIDDEN_OF_ICE = {
    "get_component_candidates": "(self, component, addresses, timeout=5)",
    "data_received": "(self, data, component)",
    "request_received": "(self, message, addr, protocol)",
}


def bare_signature(function):
    signature = inspect.signature(function)
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(inspect.Signature(bare))


@pytest.mark.parametrize(("name", "signature"), PRIVATE_METHODS.items())
def test_a_peer_connection_makes_its_parts_in_these_methods(name, signature):
    assert bare_signature(getattr(RTCPeerConnection, name)) == signature


@pytest.mark.parametrize(("name", "signature"), OVERRIDDEN_OF_ICE.items())
def test_an_ice_connection_calls_what_we_override(name, signature):
    assert bare_signature(getattr(aioice.ice.Connection, name)) == signature


async def made_by_aiortc():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    transceiver = connection.addTransceiver("audio")
    return connection, transceiver


def test_parts_hold_the_attributes_that_we_replace(run_asyncio):
    async def main():
        connection, transceiver = await made_by_aiortc()
        assert vars(connection)["_RTCPeerConnection__transceivers"] == [transceiver]
        dtls = transceiver.receiver.transport
        ice = dtls.transport
        assert ice.iceGatherer._connection is ice._connection
        assert isinstance(ice._connection, aioice.ice.Connection)
        assert (ice._recv, ice._send) == (ice._connection.recv, ice._connection.send)
        assert dtls._role == "auto"
        dtls._set_role("server")
        assert dtls._role == "server"
        assert dtls._rx_srtp is None
        assert dtls._tx_srtp is None
        assert transceiver._bundled is False
        assert ice._connection._nominated == {}
        await connection.close()

    run_asyncio(main)


def test_a_certificate_makes_the_context_of_its_connections(run_asyncio):
    async def main():
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        (certificate,) = vars(connection)["_RTCPeerConnection__certificates"]
        assert isinstance(certificate, aiortc.rtcdtlstransport.RTCCertificate)
        signature = bare_signature(type(certificate)._create_ssl_context)
        assert signature == "(self, srtp_profiles)"
        await connection.close()

    run_asyncio(main)


def test_srtp_sessions_are_pylibsrtps():
    hints = inspect.get_annotations(aiortc.rtcdtlstransport.RTCDtlsTransport.__init__)
    assert "transport" in hints
    source = inspect.getsource(aiortc.rtcdtlstransport.RTCDtlsTransport)
    assert source.count("self._rx_srtp = Session(") == 1
    assert source.count("self._tx_srtp = Session(") == 1
    assert aiortc.rtcdtlstransport.Session is pylibsrtp.Session


def test_a_nominated_pair_tells_where_to_send():
    pair = aioice.ice.CandidatePair
    assert isinstance(pair.remote_addr, property)
    assert {"self.protocol = protocol"} <= lines_of(pair.__init__)
    # The transport is set when the socket is there: an instance attribute of the protocol.
    assert "self.transport = " in inspect.getsource(aioice.ice.StunProtocol.connection_made)


def lines_of(function):
    return {line.strip() for line in inspect.getsource(function).splitlines()}


def asked_of(part):
    """Attributes of `….sender` or `….receiver` that aiortc's own modules read, set or call."""
    found = set()
    for module in (aiortc.rtcpeerconnection, aiortc.rtcrtptransceiver):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            match node:
                case ast.Attribute(value=ast.Attribute(attr=owner), attr=name):
                    if owner.strip("_").endswith(part):
                        found.add(name)
                case _:
                    pass
    return found


@pytest.mark.parametrize(
    ("part", "make"),
    [
        ("sender", lambda: RtpSender("microphone", None, MediaWire(lambda: 0.0))),
        ("receiver", lambda: RtpReceiver("microphone", None, None)),
    ],
)
def test_our_end_points_have_all_that_aiortc_asks_of_its_own(part, make):
    asked = asked_of(part)
    assert {"_ssrc", "stop"} <= asked or {"_track", "stop"} <= asked  # the search finds something
    mine = make()
    assert {name for name in asked if not hasattr(mine, name)} == set()


def test_a_transceiver_is_made_from_these():
    assert (
        bare_signature(RTCRtpTransceiver.__init__)
        == "(self, kind, receiver, sender, direction='sendrecv')"
    )


def test_ours_stands_where_aioices_does(run_asyncio):
    async def main():
        ice = IceConnection(
            IceSettings(), on_media=lambda data, arrived, post: None, on_heard=lambda: None
        )
        assert ice._nominated == {}
        await ice.close()

    run_asyncio(main)
