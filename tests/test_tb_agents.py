"""The bench machinery itself: what is wrong is noticed, what is asked for runs."""

from dataclasses import replace

import numpy as np
import pytest

from tb.agents.axi_stream import AxisPacket
from tb.sim import SimError, file_list
from tb.skid import BENCHES

SKID = BENCHES[0]
FAULTS = replace(SKID, test_module="tb.skid.faults")


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("Withdraws", "s_axis: TVALID fell before TREADY"),
        ("Changes", "s_axis: payload changed before TREADY"),
    ],
)
def test_monitor_and_assertion_notice_a_broken_handshake(test: str, message: str) -> None:
    with pytest.raises(SimError) as error:
        FAULTS.run(test=test)
    assert message in str(error.value)
    assert "assertion InputHeld failed" in str(error.value)


def test_a_seed_replays() -> None:
    first, second = (SKID.run(seed=5, test="Stalls").log.read_text() for _ in range(2))
    stalls = [line for line in first.splitlines() if "stalls:" in line]
    assert stalls
    assert stalls == [line for line in second.splitlines() if "stalls:" in line]


def test_nothing_run_is_not_a_pass() -> None:
    with pytest.raises(SimError, match="no test passed"):
        SKID.run(test="NoSuchTest")


def test_a_build_that_fails_says_why() -> None:
    with pytest.raises(SimError, match="Width"):
        replace(SKID, name="skid-bad", parameters={"Width": 8}).run()


def test_file_list_names_what_exists() -> None:
    files = file_list("common")
    assert all(path.is_file() for path in files.sources)
    assert all(path.is_dir() for path in files.includes)


def test_packet_round_trip() -> None:
    data = np.arange(256, dtype=np.uint8)
    packet = AxisPacket.from_bytes(data, user=1)
    assert packet.beats[0] & 0xFFFF == 0x0100
    assert packet.user == [1] * 4
    assert (packet.to_bytes() == data).all()
    with pytest.raises(ValueError, match="whole beats"):
        AxisPacket.from_bytes(data[:65])
