"""A code opens the record for a while: typed by a doctor outside, revocable, seen by the resident."""

from datetime import timedelta

import pytest
from records_community import Community, works_at

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.events.models import Outbox
from yigongti.records.health_record.models import Condition
from yigongti.records.privacy import services, settling
from yigongti.records.privacy.consents import close_what_it_carried
from yigongti.records.privacy.models import Share
from yigongti.records.residents import services as people
from yigongti.records.residents.models import CareRelation, Resident


@pytest.fixture
def resident(community: Community):
    settling.settle()
    found = community.resident()
    with acting(SYSTEM):
        for code in ("I10", "B20"):
            Condition(resident=found, organization=community.hospital, code=code, name="病").save(force_insert=True)
    return found


@pytest.fixture
def me(community: Community, resident) -> Actor:
    home = community.centre.pk
    grant = GrantedRole("resident", home, frozenset({home}))
    return Actor(None, resident.name, None, (grant,), resident_id=resident.pk)


def seen(actor) -> int:
    with acting(actor):
        return Condition.objects.count()


def test_an_outside_doctor_types_the_code(community, resident, me):
    made, code = services.share(me, hours=24)
    assert seen(community.stranger) == 0
    found = services.redeem(community.stranger, code=f" {code.lower()} ")
    assert found == resident
    assert seen(community.stranger) == 1, "protected rows are not part of it"
    with acting(SYSTEM):
        relation = CareRelation.objects.get(resident=resident, kind="shared")
        assert relation.organization == community.foreign
        assert relation.source == str(made.pk)
        assert relation.until == Share.objects.get().until
        assert Outbox.objects.filter(name="RecordShared").count() == 1
    with clock.travelling(clock.now() + timedelta(hours=25)), acting(SYSTEM):
        assert relation.until < clock.now()


def test_the_whole_record_if_the_person_says_so(community, resident, me):
    _, code = services.share(me, hours=1, whole=True)
    services.redeem(community.stranger, code=code)
    assert seen(community.stranger) == 2
    assert seen(works_at(community.foreign, "director")) == 1, "whoever there needs it"


def test_a_code_works_once_and_not_for_long(community, resident, me):
    _, code = services.share(me)
    services.redeem(community.stranger, code=code)
    with pytest.raises(Invalid):
        services.redeem(community.stranger, code=code)
    _, late = services.share(me)
    with clock.travelling(clock.now() + timedelta(minutes=31)), pytest.raises(Invalid):
        services.redeem(community.stranger, code=late)
    _, older = services.share(me)
    services.share(me)
    with pytest.raises(Invalid):
        services.redeem(community.stranger, code=older)


def test_taking_it_back_closes_the_record(community, resident, me):
    made, code = services.share(me)
    services.redeem(community.stranger, code=code)
    services.revoke(me, share_id=made.pk)
    assert seen(community.stranger) == 0
    with pytest.raises(Conflict):
        services.revoke(me, share_id=made.pk)


def test_guessing_is_stopped_and_noted(community, resident):
    for _ in range(10):
        with pytest.raises(Invalid):
            services.redeem(community.stranger, code="AAAAAAAA")
    with pytest.raises(Conflict):
        services.redeem(community.stranger, code="AAAAAAAA")
    with acting(SYSTEM):
        assert Entry.objects.filter(action="REFUSED", user_id=community.stranger.user_id).count() == 10


def test_only_the_person_shares_and_only_readers_redeem(community, resident, me):
    with pytest.raises(Forbidden):
        services.share(community.family_doctor)
    with pytest.raises(Invalid):
        services.share(me, hours=9999)
    _, code = services.share(me)
    with pytest.raises(Forbidden):
        services.redeem(works_at(community.foreign, "pharmacist"), code=code)


#: kind of relation, consent that is withdrawn → whether the organisation still opens the record
CLOSING = [
    *((kind, "sharing", kind in ("signed", "referral", "emergency", "shared")) for kind in CareRelation.Kind.values),
    *((kind, "outside", kind != "shared") for kind in CareRelation.Kind.values),
    *((kind, "messages", True) for kind in CareRelation.Kind.values),
]


@pytest.mark.parametrize(("kind", "consent", "stays"), CLOSING)
def test_what_a_withdrawn_consent_closes(community, resident, me, kind, consent, stays):
    people.grant_consent(me, resident_id=resident.pk, kind=consent, evidence="本人在平台上确认")
    with acting(SYSTEM):
        CareRelation.objects.filter(resident=resident).delete()
        people.open_relation(resident_id=resident.pk, organization_id=community.hospital.pk, kind=kind)
    people.withdraw_consent(me, resident_id=resident.pk, kind=consent)
    with acting(SYSTEM):
        close_what_it_carried(Outbox.objects.get(name="ConsentWithdrawn").payload)
    with acting(community.specialist):
        assert Resident.objects.filter(pk=resident.pk).exists() == stays
