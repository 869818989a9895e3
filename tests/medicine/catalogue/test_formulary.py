"""The formulary: whose it is, what a member supplies as of a day, who may change it, and what may stand for a drug."""

from datetime import date, timedelta

import pytest
from formulary_county import SARTAN, Shelf
from hypothesis import given
from hypothesis import strategies as st
from registry.community import LONG_AGO, actor_at

from yigongti.kernel import clock
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.errors import Conflict, Forbidden, Invalid
from yigongti.kernel.events.outbox import deliver
from yigongti.medicine.catalogue import queries, services
from yigongti.medicine.catalogue.models import Drug, Formulary, Supply
from yigongti.medicine.catalogue.names import normal
from yigongti.registry.consortia.services import name_lead
from yigongti.registry.organizations.services import close_organization

AMLODIPINE, VALSARTAN, LOSARTAN, ATORVASTATIN = "苯磺酸氨氯地平片", "缬沙坦胶囊", "氯沙坦钾片", "阿托伐他汀钙片"


@pytest.mark.parametrize(
    "written",
    [
        "阿托伐他汀钙片",
        " 阿托伐他汀钙片 20mg",
        "阿托伐他汀钙片（20 mg）",
        "阿托伐他汀钙片20ｍｇ×7片",
        "阿托伐他汀 钙片",
    ],
)
def test_a_drug_is_recognised_however_it_is_written(written: str) -> None:
    assert normal(written) == "阿托伐他汀钙片"


@given(st.text("阿托伐他汀钙片（）()mgＭ 0258.×粒%\t", max_size=40))
def test_the_form_of_a_name_is_its_own_form(text: str) -> None:
    assert normal(normal(text)) == normal(text)


def test_members_and_their_clinics_share_the_formulary_of_the_consortium(stocked: Shelf) -> None:
    here = stocked.county
    for place in (here.hospital, here.east, here.clinic):
        assert queries.formulary_of(place.pk) == stocked.formulary
    assert queries.formulary_of(here.city.pk) is None
    assert queries.keeper_of(stocked.formulary) == here.hospital.pk
    name_lead(SYSTEM, consortium=here.consortium, organization=here.east)
    assert queries.keeper_of(stocked.formulary) == here.east.pk


def test_an_organisation_outside_may_have_a_formulary_of_its_own(stocked: Shelf) -> None:
    city = stocked.county.city
    own = services.open_formulary(actor_at("pharmacist", city), name="市中心医院目录", organization=city)
    assert queries.formulary_of(city.pk) == own
    assert list(queries.formularies(actor_at("family-doctor", stocked.county.clinic))) == [stocked.formulary]
    with pytest.raises(Invalid):
        services.open_formulary(SYSTEM, name="无主")
    assert Formulary.objects.count() == 2


def test_each_drug_of_a_plan_is_listed_unsupplied_or_unknown(stocked: Shelf) -> None:
    here = stocked.county
    written = [AMLODIPINE, "氨氯地平片 5mg", "缬沙坦胶囊（80mg）", ATORVASTATIN, "人参养荣丸"]
    found = queries.standings(here.west.pk, written)
    assert found is not None
    assert [found[name].place for name in written] == ["listed", "listed", "unsupplied", "unsupplied", "unknown"]
    assert found["缬沙坦胶囊（80mg）"].substitutes == (LOSARTAN,)
    assert found["缬沙坦胶囊（80mg）"].category == SARTAN
    assert found[ATORVASTATIN].substitutes == ()
    clinic = queries.standings(here.clinic.pk, [VALSARTAN])
    assert clinic is not None
    assert clinic[VALSARTAN].listed, "a clinic without drugs of its own takes from its centre"
    assert queries.standings(here.city.pk, [VALSARTAN]) is None, "nobody knows what they have"


def test_the_standing_of_any_number_of_drugs_takes_few_statements(
    stocked: Shelf, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        queries.standings(stocked.county.west.pk, [AMLODIPINE, VALSARTAN, ATORVASTATIN, "甲", "乙", "丙"])


def test_what_was_supplied_is_known_as_of_a_day(stocked: Shelf) -> None:
    here, today = stocked.county, clock.today()
    supply = Supply.objects.get(drug=stocked.drugs[VALSARTAN], organization=here.east)
    services.stop_supply(stocked.eastern, supply=supply, reason="断供", on=today)
    now, before = (queries.standings(here.east.pk, [VALSARTAN], day) for day in (today, today - timedelta(days=1)))
    assert now
    assert before
    assert (now[VALSARTAN].place, before[VALSARTAN].place) == ("unsupplied", "listed")
    supply.refresh_from_db()
    assert supply.stopped_because == "断供"
    services.supply(stocked.eastern, drug=stocked.drugs[VALSARTAN], organization=here.east)
    assert stocked.drugs[VALSARTAN].supplies.filter(organization=here.east).count() == 2


def test_a_member_speaks_for_itself_and_the_lead_for_all(stocked: Shelf) -> None:
    here, drug = stocked.county, stocked.drugs[ATORVASTATIN]
    made = services.supply(stocked.eastern, drug=drug, organization=here.east)
    assert services.supply(stocked.eastern, drug=drug, organization=here.east) == made, "said twice it is one"
    with pytest.raises(Forbidden):
        services.supply(stocked.eastern, drug=drug, organization=here.west)
    services.supply(stocked.pharmacist, drug=drug, organization=here.west)
    with pytest.raises(Forbidden):
        services.edit_drug(stocked.eastern, drug=drug, category="别的")
    with pytest.raises(Forbidden):
        services.stop_drug(actor_at("director", here.hospital), drug=drug, reason="不可以")
    with pytest.raises(Invalid):
        services.supply(SYSTEM, drug=drug, organization=here.city)
    told = Entry.objects.filter(subject="catalogue_supply", subject_id=str(made.pk))
    assert told.exists(), "every listing stands in the audit"


def test_a_stopped_drug_ends_at_every_member_and_is_not_listed_again(stocked: Shelf) -> None:
    here, drug, today = stocked.county, stocked.drugs[LOSARTAN], clock.today()
    services.supply(SYSTEM, drug=drug, organization=here.east, start=today)
    services.stop_drug(stocked.pharmacist, drug=drug, reason="集采更换")
    assert not queries.offered(here.west.pk).filter(pk=drug.pk).exists()
    assert set(drug.supplies.exclude(organization=here.east).values_list("until", flat=True)) == {today}
    with pytest.raises(Invalid):
        services.supply(SYSTEM, drug=drug, organization=here.west)
    with pytest.raises(Conflict):
        services.stop_drug(stocked.pharmacist, drug=drug, reason="再停一次")


def test_the_same_drug_stands_once(stocked: Shelf) -> None:
    details = {"name": AMLODIPINE, "specification": "5mg×28片", "dosage_form": "片剂"}
    with pytest.raises(Conflict):
        services.add_drug(stocked.pharmacist, formulary=stocked.formulary, **details)
    services.add_drug(stocked.pharmacist, formulary=stocked.formulary, **(details | {"specification": "2.5mg×28片"}))
    assert Drug.objects.filter(name=AMLODIPINE).count() == 2


@pytest.mark.parametrize(("text", "name"), [("bhsalsp", AMLODIPINE), ("络活喜", AMLODIPINE), ("lstj", LOSARTAN)])
def test_a_drug_is_found_by_name_other_name_and_pinyin(stocked: Shelf, text: str, name: str) -> None:
    text = {"bhsalsp": "bhsaldpp"}.get(text, text)
    assert [drug.name for drug in queries.matching(Drug.objects.all(), text)] == [name]


def test_what_an_organisation_supplied_ends_when_it_closes(stocked: Shelf) -> None:
    here = stocked.county
    from yigongti.registry.consortia.services import end_membership

    end_membership(SYSTEM, membership=here.membership(here.west))
    close_organization(SYSTEM, organization=here.west)
    deliver()
    assert not Supply.objects.on().filter(organization=here.west).exists()
    assert not Supply.objects.on(LONG_AGO + timedelta(days=1)).exclude(start=LONG_AGO).exists()
    assert date.min < LONG_AGO
