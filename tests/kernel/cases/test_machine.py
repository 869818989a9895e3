"""Any declared workflow, driven at random: no illegal state, no lost or doubled event, exactly one owner."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from care_community import Community, build
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from yigongti.care.referral import schemas
from yigongti.care.referral.models import Referral
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.advance import advance, may_take, open_case
from yigongti.kernel.cases.declaration import PLATFORM, Step, Workflow
from yigongti.kernel.cases.escalation import escalate
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import Conflict, Forbidden, NotFound, Stale, YigongtiError

LONG = "患者病情摘要" * 12
ANSWERS = {
    schemas.Content: {"diagnosis": "高血压", "reason_codes": ["critical"], "summary": LONG, "consented": True},
    schemas.Redirection: {"reason": "other-department"},
    schemas.Question: {"note": "请补充血钾"},
    schemas.Answer: {"note": "血钾 4.1"},
    schemas.Refusal: {"reason": "not-indicated", "note": "基层处理即可"},
    schemas.Appointment: {"appointment_at": "2099-01-01T09:00:00+08:00"},
    schemas.Treatment: {"care_kind": "outpatient"},
    schemas.Reply: {"diagnosis": "高血压", "treatment": "调整用药", "advice": "两周后复查", "outcome": "improved"},
    schemas.Plan: {
        "reason_codes": ["chronic"],
        "diagnosis": "高血压",
        "summary": LONG,
        "warning_signs": "剧烈头痛",
        "next_checks": "两周后",
        "first_contact_on": "2099-01-01",
        "consented": True,
    },
    schemas.FirstContact: {"condition": "平稳"},
    schemas.WarningSign: {"reason": "warning-sign", "note": "又有头痛"},
    schemas.Ending: {"cause": "died"},
}
REASONS = {"send_back": "incomplete", "miss": "improved", "withdraw": "improved", "refuse": "other"}


def answer(step: Step, community: Community) -> dict[str, object]:
    """Something sensible for what a step asks."""
    data = dict(ANSWERS.get(step.asks, {}))
    if step.asks is schemas.Content:
        data["counterpart"] = community.organizations["county"].pk
    if step.asks is schemas.Redirection:
        data["department"] = community.departments["内分泌科"].pk
    if step.asks is schemas.Reassignment:
        data["user"] = community.users["office"].pk
    if "reason" in step.asks.model_fields and "reason" not in data:
        list_name = next(m.name for m in step.asks.model_fields["reason"].metadata if hasattr(m, "name"))
        from yigongti.care.referral import rules

        data["reason"] = rules.reasons(list_name.removeprefix("reasons:"), [])[0][0]
        data["note"] = "情况说明"
    return data


class AnyWorkflow(RuleBasedStateMachine):
    """People of the community try steps at random on one case, with stale versions and repeated requests between."""

    flow: type[Workflow]
    community: Community

    @initialize()
    def begin(self) -> None:
        """A draft in a transaction of its own, thrown away at the end."""
        self.block = transaction.atomic()
        self.block.__enter__()
        town, county = (self.community.organizations[name] for name in ("town", "county"))
        up = self.flow.name == "up-referral"
        case = Referral(
            workflow=self.flow.name,
            state="draft",
            direction="up" if up else "down",
            resident=self.community.residents["wang"],
            home_organization=town if up else county,
            counterpart_organization=county if up else town,
            disease="hypertension",
            diagnosis="高血压",
            reason_codes=["critical"],
            summary=LONG,
            consented=True,
            package={"reviewed": True, "reachable": True},
            follow_up_on="2099-01-01",
            plan={} if up else {"warning_signs": "头痛", "next_checks": "两周", "drugs": []},
        )
        outcome = open_case(SYSTEM, case)
        self.case_id, self.version, self.expected = case.pk, outcome.case.version, 1
        self.state, self.open = "draft", True

    def teardown(self) -> None:
        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    def _actor(self, name: str) -> Actor:
        return SYSTEM if name == "platform" else self.community[name]

    @rule(data=st.data())
    def try_a_step(self, data: st.DataObject) -> None:
        """A step by anyone: it either happens as declared, or is refused and nothing changes."""
        who = data.draw(st.sampled_from([*sorted(self.community.actors), "platform"]))
        step = data.draw(st.sampled_from(sorted(self.flow.steps)))
        stale = data.draw(st.booleans())
        self.take(self._actor(who), self.flow.steps[step], version=self.version - 1 if stale else self.version)

    @precondition(lambda self: getattr(self, "open", False))
    @rule(data=st.data())
    def take_a_right_step(self, data: st.DataObject) -> None:
        """A step that leads on, by someone who may, so that every corner is reached."""
        steps = list(self.flow.steps_from(self.state))
        step = data.draw(st.sampled_from(steps))
        self.take(self._somebody(step), step, version=self.version)

    def _somebody(self, step: Step) -> Actor:
        if PLATFORM in step.by:
            return SYSTEM
        with acting(SYSTEM):
            case = Referral.objects.get(pk=self.case_id)
        able = [a for a in self.community.actors.values() if any(may_take(a, case, desk) for desk in step.by)]
        return able[0] if able else SYSTEM

    def take(self, actor: Actor, step: Step, version: int) -> None:
        key = uuid4()
        try:
            with transaction.atomic():
                outcome = advance(
                    actor, self.flow, self.case_id, step.name, answer(step, self.community), version=version, key=key
                )
        except (Conflict, Forbidden, NotFound, Stale, YigongtiError):
            return
        self.expected += 1
        assert outcome.event.from_state == self.state
        assert step.leads_from(self.flow.states[self.state])
        assert outcome.case.version == self.version + 1
        allowed = {step.target(self.flow.states[self.state]).name, *(state.name for state in step.also)}
        assert outcome.case.state in allowed
        self.state, self.version, self.open = outcome.case.state, outcome.case.version, outcome.case.is_open
        self.repeat(actor, step, key)

    def repeat(self, actor: Actor, step: Step, key: UUID) -> None:
        """The same request again has no second effect."""
        again = advance(actor, self.flow, self.case_id, step.name, answer(step, self.community), key=key)
        assert again.repeated

    @rule()
    def time_passes(self) -> None:
        """Alarms are events too and change neither state nor version."""
        before = self._alarms()
        with clock.travelling(clock.now() + timedelta(days=30)):
            escalate()
        self.expected += self._alarms() - before

    def _alarms(self) -> int:
        with acting(SYSTEM):
            return CaseEvent.objects.filter(case_id=self.case_id, step__in=["remind", "overdue"]).count()

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "case_id"):
            return
        with acting(SYSTEM):
            case = Referral.objects.get(pk=self.case_id)
            events = list(CaseEvent.objects.filter(case_id=self.case_id).order_by("sequence"))
        assert case.state == self.state
        assert case.state in self.flow.states
        assert [event.sequence for event in events] == list(range(1, self.expected + 1))
        assert all(a.to_state == b.from_state for a, b in pairwise(events))
        assert case.is_open == (not self.flow.states[case.state].final)
        assert case.is_open == (case.owner_organization_id is not None)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("name", ["up-referral", "down-referral"])
def test_any_declared_workflow(name: str) -> None:
    machine = type("Machine", (AnyWorkflow,), {"flow": Workflow.registry[name], "community": build()})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
