"""The pulse: everybody gets a turn, one failing function never stops the others."""

import logging
import threading

import pytest

from yigongti.kernel.jobs.pulse import Pulse, beat, pulse, registered


def run_until(calls: int, pulses: list[Pulse], stop: threading.Event, seen: list[str]) -> None:
    """Beat until ``seen`` has ``calls`` entries (each pulse function appends its name)."""
    thread = threading.Thread(target=beat, args=(pulses, stop))
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert len(seen) >= calls


def test_a_failing_pulse_is_logged_slows_down_and_leaves_the_others_alone(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    stop = threading.Event()

    def broken() -> None:
        seen.append("broken")
        raise ValueError("the database went away")

    def sound() -> None:
        seen.append("sound")
        if seen.count("sound") == 20:
            stop.set()

    with caplog.at_level(logging.ERROR):
        run_until(21, [Pulse(0, "broken", broken, 0.001), Pulse(0, "sound", sound, 0.001)], stop, seen)
    assert 1 <= seen.count("broken") < 20
    assert "pulse broken failed (1 in a row)" in caplog.text


def test_more_to_do_means_at_once_but_not_alone() -> None:
    seen: list[str] = []
    stop = threading.Event()

    def busy() -> bool:
        seen.append("busy")
        if len(seen) > 50:
            stop.set()
        return True

    def quiet() -> None:
        seen.append("quiet")

    run_until(50, [Pulse(0, "busy", busy, 3600), Pulse(0, "quiet", quiet, 3600)], stop, seen)
    assert seen.count("quiet") == 1


def test_a_failure_before_the_call_is_isolated_too() -> None:
    one = Pulse(0, "one", lambda: None, 0.5)

    def no_connection() -> None:
        raise OSError("no connection")

    one.run(before=no_connection)
    assert one.failures == 1
    one.run()
    assert one.failures == 0


def test_the_decorator_registers_under_the_full_name() -> None:
    @pulse(every=0.25)
    def water_the_plants() -> None: ...

    mine = [p for p in registered() if p.name.endswith("water_the_plants")]
    assert [p.every for p in mine] == [0.25]


def test_the_house_has_its_pulses() -> None:
    names = {p.name.removeprefix("yigongti.kernel.") for p in registered()}
    assert {"audit.sealing.seal_waiting", "events.outbox.deliver_waiting", "cases.escalation.escalate_due"} <= names
