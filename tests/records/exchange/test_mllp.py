"""HL7 v2 over MLLP: a real listener; stored first, answered always, the same again for the same, replayable."""

import asyncio
import json
import random
import socket
import ssl
import subprocess
import threading
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_community import Community, make_community, works_at
from rounds import Round, named, rounds

from yigongti.config import Configuration, configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.errors import Conflict, NotFound
from yigongti.records.exchange.mllp import leftovers, services, taking
from yigongti.records.exchange.mllp.listener import END, START, Listener
from yigongti.records.exchange.mllp.models import InboundMessage
from yigongti.records.exchange.services import register_source
from yigongti.records.health_record.models import Condition, DiagnosticReport, Encounter, Observation
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import Resident, ResidentMerge, SourceIdentity

NUMBER = generate(date(1961, 5, 17), "1", "431127", 7)


def adt(event: str = "A01", control: str = "1", patient: str = "P1", name: str = "周^建国", **more: str) -> str:
    head = f"MSH|^~\\&|HIS|H1|YGT|YGT|20260301103000||ADT^{event}|{control}|P|2.5.1||||||UNICODE UTF-8"
    person = f"PID|1||{patient}^^^H1^PI~{NUMBER}^^^^NI||{name}||19610517|M|||永兴路3号^^蓝山县^湖南省||13900001111"
    visit = "PV1|1|I|内科^01^12||||D07^李^医生||||||||||||V100|||||||||||||||||||||||||20260301102000"
    return "\r".join([head, f"EVN|{event}|20260301102500", person, visit, *more.values()]) + "\r"


def oru(control: str = "9", value: str = "7.9") -> str:
    return "\r".join(
        [
            f"MSH|^~\\&|HIS|H1|YGT|YGT|20260302080000||ORU^R01|{control}|P|2.5.1||||||UNICODE UTF-8",
            f"PID|1||P1^^^H1^PI~{NUMBER}^^^^NI||周^建国||19610517|M",
            "OBR|1|O1|R77|BMP^电解质|||20260302070000|||||||||||||||20260302075500||LAB|F",
            f"OBX|1|NM|2823-3^钾^LN||{value}|mmol/L|3.5-5.3|HH|||F",
            "OBX|2|ST|X9^备注^L||标本轻度溶血||||||F",
        ]
    )


def outcomes(done: list[services.Replayed]) -> dict[str, int]:
    return dict(Counter(one.outcome for one in done))


def code(answers: list[str]) -> str:
    return answers[-1].split("\r")[1].split("|")[1]


@pytest.fixture
def community(db: None) -> Community:
    return prepared()


def prepared() -> Community:
    made = make_community()
    source = register_source(SYSTEM, code="his-h1", title="县医院 HIS", organization=made.hospital)
    services.register_sender(SYSTEM, application="HIS", facility="H1", source=source)
    return made


def test_an_admission_appears_in_the_index_and_the_record(community: Community) -> None:
    diagnosis = "DG1|1||I10.x00^高血压^ICD10||20260301|A"
    assert code(taking.take(adt(dg=diagnosis).encode())) == "AA"
    with acting(SYSTEM):
        message = InboundMessage.objects.get()
        assert (message.state, message.event, message.source_id) == ("done", "ADT^A01", "his-h1")
        resident = Resident.objects.get(name="周建国")
        assert str(SourceIdentity.objects.get().phone) == "13900001111"
        encounter = Encounter.objects.get()
        assert (encounter.resident_id, encounter.kind, encounter.status) == (resident.pk, "inpatient", "in-progress")
        assert Condition.objects.get().code == "I10.x00"
    assert code(taking.take(adt("A03", "2").encode())) == "AA"
    with acting(SYSTEM):
        assert Encounter.objects.in_force().get().status == "finished"
        assert Resident.objects.filter(name="周建国").count() == 1


def test_results_arrive(community: Community) -> None:
    assert code(taking.take(adt("A28").encode())) == "AA"
    assert code(taking.take(oru().encode())) == "AA", InboundMessage.objects.last().error
    with acting(SYSTEM):
        assert DiagnosticReport.objects.get().name == "电解质"
        values = {one.local_code: one for one in Observation.objects.all()}
    assert float(values["2823-3"].value) == 7.9
    assert values["2823-3"].interpretation == "HH"
    assert values["X9"].text == "标本轻度溶血"


def test_every_repetition_of_a_person_is_kept(community: Community) -> None:
    whole = adt("A28").replace(
        "|永兴路3号^^蓝山县^湖南省||", "|永兴路3号^^蓝山县^湖南省^425800^^H~岳麓区2号^^长沙市^^^^C||"
    )
    whole = whole.replace("^^^^NI||", "^^^^NI~YB0099^^^湘医保&1.2.156.9&ISO^HC~MZ7^^^H1^MR||")
    whole = whole.replace("周^建国", "周^建国^^^^^L~周^大毛^^^^^N")
    whole = whole.replace(
        "||13900001111", "||13900001111^PRN^CP~^NET^Internet^zhou@example.org|0746-2211000|ZH^汉语|M^已婚"
    )
    kin = "NK1|1|李^梅|DAU^女儿|长沙路9号^^长沙市|13800002222\rNK1|2|周^强|SON^儿子||13800003333\r"
    assert code(taking.take((whole + kin).encode())) == "AA", InboundMessage.objects.last().error
    with acting(SYSTEM):
        held = SourceIdentity.objects.get()
        kept = json.loads(str(held.kept))
    assert (held.name, str(held.phone)) == ("周建国", "13900001111")
    assert [(one["system"], one["value"]) for one in kept["identifier"]] == [
        ("urn:oid:1.2.156.9", "YB0099"),
        ("urn:hl7:H1", "MZ7"),
    ]
    assert [(one["use"], one["given"]) for one in kept["name"]] == [("official", ["建国"]), ("nickname", ["大毛"])]
    assert [(one["use"], one["system"]) for one in kept["telecom"]] == [
        ("mobile", "phone"),
        ("home", "email"),
        ("work", "phone"),
    ]
    assert [one["use"] for one in kept["address"]] == ["home", "temp"]
    assert [one["name"]["given"][0] for one in kept["contact"]] == ["梅", "强"]
    assert kept["maritalStatus"]["text"] == "已婚"
    get_fhir_model_class("Patient").model_validate({"resourceType": "Patient", **kept})
    # a result says less of the person than an admission: what is known stays
    assert code(taking.take(oru().encode())) == "AA"
    with acting(SYSTEM):
        again = SourceIdentity.objects.get()
    assert (again.version, str(again.phone), str(again.kept)) == (1, "13900001111", str(held.kept))


def test_a_bad_value_is_told_and_can_be_sent_again(community: Community) -> None:
    taking.take(adt("A28").encode())
    answers = taking.take(oru(value="七点九").encode())
    assert code(answers) == "AE"
    assert "数" in answers[0]
    assert code(taking.take(oru(control="10").encode())) == "AA"


def test_the_same_again_is_answered_the_same(community: Community) -> None:
    first = taking.take(adt().encode())
    assert taking.take(adt().encode()) == first
    with acting(SYSTEM):
        assert InboundMessage.objects.get().repeats == 1
        assert Encounter.objects.count() == 1
    other = taking.take(adt(name="周^建华").encode())
    assert code(other) == "AR"
    assert "控制号" in other[0]
    with acting(SYSTEM):
        assert InboundMessage.objects.count() == 2


def test_unknown_senders_are_refused_kept_and_replayed_when_known(community: Community) -> None:
    text = adt().replace("|HIS|H1|", "|LIS|H9|")
    answers = taking.take(text.encode(), "10.0.0.7")
    assert code(answers) == "AR"
    assert "LIS|H9" in answers[0].replace(" ", "|") or "LIS" in answers[0]
    with acting(SYSTEM):
        message = InboundMessage.objects.get()
        assert bytes(str(message.content), "latin-1") == text.encode()
        source = register_source(SYSTEM, code="lis-h9", title="LIS", organization=community.hospital)
    services.register_sender(SYSTEM, application="LIS", facility="H9", source=source)
    assert outcomes(services.replay(SYSTEM, keys=[message.pk])) == {"done": 1}
    assert outcomes(services.replay(SYSTEM, keys=[message.pk])) == {"done": 1}
    with acting(SYSTEM):
        assert Encounter.objects.count() == 1


def test_a_sender_calls_from_its_own_network(community: Community) -> None:
    [sender] = services.senders(SYSTEM)
    services.change_sender(SYSTEM, sender=sender, source=sender.source, addresses="10.8.3.0/24", active=True)
    assert code(taking.take(adt().encode(), "10.8.4.1")) == "AR"
    assert code(taking.take(adt(control="2").encode(), "10.8.3.9")) == "AA"


def test_what_we_do_not_take_is_refused_with_what_we_take(community: Community) -> None:
    answers = taking.take(adt("A17").encode())
    assert code(answers) == "AR"
    assert "ADT" in answers[0]


def test_enhanced_mode_says_stored_then_done(community: Community) -> None:
    head, rest = adt().split("\r", 1)
    fields = head.split("|")
    fields[14:16] = ["AL", "AL"]
    answers = taking.take(("|".join(fields) + "\r" + rest).encode())
    assert [one.split("\r")[1].split("|")[1] for one in answers] == ["CA", "AA"]
    fields[9], fields[15] = "2", "NE"
    answers = taking.take(("|".join(fields) + "\r" + rest).encode())
    assert [one.split("\r")[1].split("|")[1] for one in answers] == ["CA"]


def test_a_merge_of_the_sender_is_proposed(community: Community) -> None:
    taking.take(adt("A28").encode())
    other = adt("A28", "2", "P2", "吴^小梅").replace(NUMBER, "").replace("13900001111", "13911112222")
    assert code(taking.take(other.encode())) == "AA"
    with acting(SYSTEM):
        identities = list(SourceIdentity.objects.order_by("source_key"))
    if identities[1].resident_id is None:
        assert code(taking.take((adt("A40", "3") + "MRG|P2^^^H1\r").encode())) == "AE"
        return
    assert code(taking.take((adt("A40", "3") + "MRG|P2^^^H1\r").encode())) == "AA"
    with acting(SYSTEM):
        assert ResidentMerge.objects.count() == 1
    assert code(taking.take((adt("A40", "4") + "MRG|P77^^^H1\r").encode())) == "AE"


def test_gb18030(community: Community) -> None:
    text = adt().replace("UNICODE UTF-8", "GB 18030-2000")
    assert code(taking.take(text.encode("gb18030"))) == "AA"
    with acting(SYSTEM):
        assert Resident.objects.filter(name="周建国").exists()


def test_what_was_left_is_worked_off(community: Community, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = taking.store(adt().encode())
    assert taken.message.state == "stored"
    assert leftovers.work_off_left() is False
    with acting(SYSTEM):
        InboundMessage.objects.update(received_at=taken.message.received_at - 2 * leftovers.AGE)
    assert leftovers.work_off_left() is True
    with acting(SYSTEM):
        assert InboundMessage.objects.get().code == "AA"


def test_contents_go_after_their_days_and_the_fate_stays(community: Community) -> None:
    answers = taking.take(adt().encode())
    left = taking.store(adt("A08", "2").encode()).message
    with acting(SYSTEM):
        done = InboundMessage.objects.get(control_id="1")
    office = works_at(community.hospital, "data-office")
    with clock.travelling(clock.now() + timedelta(days=configuration().mllp_days - 1)):
        leftovers.remove_contents()
        assert outcomes(services.replay(SYSTEM, keys=[done.pk])) == {"done": 1}
    with clock.travelling(clock.now() + timedelta(days=configuration().mllp_days + 1)):
        assert leftovers.remove_contents() is False
    with acting(SYSTEM):
        done.refresh_from_db()
        left.refresh_from_db()
        assert (done.content, done.state, done.code) == ("", "done", "AA")
        assert done.removed_at
        assert left.content, "what was never worked off keeps its content"
    with pytest.raises(Conflict, match="保存期限"):
        services.replay(SYSTEM, keys=[done.pk])
    assert outcomes(services.replay(SYSTEM, keys=[done.pk, left.pk])) == {"removed": 1, "done": 1}
    with pytest.raises(NotFound), acting(office):
        services.content(office, done)
    assert code(taking.take(adt().encode())) == code(answers), "sent again it is answered and not worked off"
    with acting(SYSTEM):
        assert InboundMessage.objects.get(pk=done.pk).attempts == 2


def mutated(text: str, seed: random.Random) -> bytes:
    """A message as bad lines, bad programs and bad people send it."""
    raw = bytearray(text.encode(seed.choice(["utf-8", "gb18030"])))
    for _ in range(seed.choice([1, 1, 2, 5, 30])):
        at, how = seed.randrange(max(1, len(raw))), seed.randrange(7)
        if how == 0:
            raw[at : at + 1] = bytes([seed.randrange(256)])
        elif how == 1:
            del raw[at : at + seed.randrange(1, 40)]
        elif how == 2:
            raw[at:at] = bytes(seed.choice(b"|^~\\&\r\n\x00\x0b") for _ in range(seed.randrange(1, 20)))
        elif how == 3:
            other = seed.randrange(max(1, len(raw)))
            raw[at:at] = raw[other : other + seed.randrange(60)]
        elif how == 4:
            raw = raw[:at]
        elif how == 5:
            raw[at:at] = "𠮷\u202e'\"; DROP TABLE--".encode()
        else:
            raw += raw[at:]
    return bytes(raw).replace(END, b"")


@pytest.mark.slow
@pytest.mark.parametrize("one", rounds(usual=60, size=250), ids=named)
def test_whatever_comes_is_stored_and_answered(community: Community, one: Round) -> None:
    """Figures: docs/performance.md; set YIGONGTI_MUTATED to repeat it."""
    seed = random.Random(20260301 + one.number)
    known = [adt(), adt("A03"), adt("A08"), oru(), adt("A40") + "MRG|P2^^^H1\r"]
    sent = 0
    for number in range(one.examples):
        raw = mutated(seed.choice(known).replace("|P|2.5.1", f"{number}|P|2.5.1"), seed)
        answers = taking.take(raw, "10.0.0.1")
        sent += 1
        assert answers, raw
        for answer in answers:
            assert answer.startswith("MSH|")
            assert answer.split("\r")[1].split("|")[1] in ("AA", "AE", "AR", "CA", "CR")
            assert "\x0b" not in answer
            assert "\x1c" not in answer
    with acting(SYSTEM):
        rows = InboundMessage.objects.all()
        assert sum(1 + row.repeats for row in rows) == sent
        assert not rows.filter(state="stored").exists()
        assert not rows.filter(error="处理出错").exists(), list(
            rows.filter(error="处理出错").values_list("control_id", flat=True)
        )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300))
def test_any_bytes_are_answered(community: Community, raw: bytes) -> None:
    [text] = taking.take(raw)
    assert "MSA|AR|" in text


class Running:
    """The listener in a thread with its own loop."""

    def __init__(self, **configured: object) -> None:
        self.configured = Configuration(mllp_port=0, mllp_idle_seconds=30, **configured)
        self.ready, self.port = threading.Event(), 0
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    async def _run(self) -> None:
        self.stop, self.loop = asyncio.Event(), asyncio.get_running_loop()
        listener = Listener(self.configured)
        self.port = await listener.start()
        self.ready.set()
        await self.stop.wait()
        await listener.stop()

    def __enter__(self) -> "Running":
        self.thread.start()
        assert self.ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(20)

    def call(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 10)


def asked(line: socket.socket, *texts: bytes) -> list[str]:
    """Send frames and read as many answers."""
    line.sendall(b"".join(START + text + END for text in texts))
    got = b""
    while got.count(END) < len(texts):
        block = line.recv(65536)
        if not block:
            break
        got += block
    return [part.split(START)[-1].decode() for part in got.split(END) if part]


@pytest.fixture
def real(transactional_db: None) -> Community:
    return prepared()


@pytest.mark.slow
def test_over_the_wire(real: Community) -> None:
    with Running() as running, running.call() as line:
        [first] = asked(line, adt().encode())
        assert "MSA|AA|1|" in first
        several = asked(line, *[adt("A08", str(n)).encode() for n in range(2, 6)])
        assert [f"MSA|AA|{n}|" in one for n, one in zip(range(2, 6), several, strict=True)] == [True] * 4
        line.sendall(b"noise before" + START + adt("A08", "7").encode()[:50])
        line.sendall(adt("A08", "7").encode()[50:] + END[:1])
        line.sendall(END[1:])
        assert b"MSA|AA|7|" in line.recv(65536)
    with acting(SYSTEM):
        assert InboundMessage.objects.filter(state="done").count() == 6
        assert InboundMessage.objects.first().peer == "127.0.0.1"


@pytest.mark.slow
def test_limits_of_the_wire(real: Community) -> None:
    with Running(mllp_bytes=2048) as running:
        with running.call() as line:
            [answered] = asked(line, adt(note="NTE|1||" + "长" * 2000).encode())
            assert "MSA|AR|1|" in answered
            assert line.recv(10) == b""
        with running.call() as noisy:
            noisy.sendall(b"x" * 100_000 + START + adt().encode() + END)
            assert b"MSA|AA|1|" in noisy.recv(65536)
    with Running(mllp_connections=2) as running, running.call() as one, running.call() as two:
        assert "MSA|AA" in asked(one, adt("A08", "11").encode())[0]
        assert "MSA|AA" in asked(two, adt("A08", "12").encode())[0]
        with running.call() as three:
            assert three.recv(10) == b""


@pytest.mark.slow
def test_the_same_message_on_two_lines_at_once(real: Community) -> None:
    got: list[str] = []
    with Running() as running:

        def once() -> None:
            with running.call() as line:
                got.extend(asked(line, adt().encode()))

        threads = [threading.Thread(target=once) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(got)) == 1
    assert "MSA|AA|1|" in got[0]
    with acting(SYSTEM):
        assert InboundMessage.objects.get().repeats == 3
        assert Encounter.objects.count() == 1


@pytest.mark.slow
def test_tls(real: Community, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(
        ["openssl", "req", *options, "-keyout", key, "-out", certificate, "-addext", "subjectAltName=DNS:localhost"],
        check=True,
        capture_output=True,
    )
    with Running(mllp_certificate=certificate, mllp_certificate_key=key, mllp_clients=certificate) as running:
        context = ssl.create_default_context(cafile=str(certificate))
        with (
            pytest.raises((ssl.SSLError, ConnectionError, IndexError)),
            running.call() as plain,
            context.wrap_socket(plain, server_hostname="localhost") as line,
        ):
            assert asked(line, adt().encode())[0]
        context.load_cert_chain(certificate, key)
        with running.call() as plain, context.wrap_socket(plain, server_hostname="localhost") as line:
            assert "MSA|AA|1|" in asked(line, adt().encode())[0]


def test_pages(community: Community) -> None:
    taking.take(adt().encode(), "10.1.1.1")
    taking.take(adt(control="5").replace("|HIS|H1|", "|PACS|H1|").encode())
    office = works_at(community.hospital, "data-office")
    elsewhere = works_at(community.foreign, "data-office")
    clients = []
    for actor in (office, elsewhere):
        Grant.objects.create(user_id=actor.user_id, role="data-office", organization_id=actor.organization_id)
        client = Client()
        user = User.objects.get(pk=actor.user_id)
        client.force_login(user, backend="yigongti.kernel.access.backends.GrantedBackend")
        clients.append(client)
    mine, theirs = clients
    with acting(SYSTEM):
        known, unknown = InboundMessage.objects.order_by("received_at")
    page = mine.get(reverse("mllp:list")).content.decode()
    assert "县医院 HIS" in page
    assert "没有登记" in page
    assert "周" not in mine.get(known.get_absolute_url()).content.decode().split("<main")[1]
    assert "周^建国" in mine.get(reverse("mllp:content", args=[known.pk])).content.decode()
    with acting(SYSTEM):
        assert Entry.objects.filter(subject="mllp:message", action="READ").count() == 1
    assert mine.get(reverse("mllp:content", args=[unknown.pk])).status_code in (403, 404)
    assert theirs.get(known.get_absolute_url()).status_code == 404
    assert theirs.get(reverse("mllp:content", args=[known.pk])).status_code == 404
    given = {"application": "PACS", "facility": "H1", "source": "his-h1", "addresses": ""}
    assert theirs.post(reverse("mllp:register-sender"), given).status_code == 422
    assert mine.get(reverse("mllp:register-sender") + "?application=PACS&facility=H1").status_code == 200
    assert mine.post(reverse("mllp:register-sender"), given).status_code == 302
    assert mine.post(reverse("mllp:replay", args=[unknown.pk])).status_code == 302
    assert "PACS" in mine.get(reverse("mllp:senders")).content.decode()
    [first, *_] = services.senders(SYSTEM)
    assert mine.get(reverse("mllp:change-sender", args=[first.pk])).status_code == 200
