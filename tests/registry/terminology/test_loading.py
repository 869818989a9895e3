import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yigongti.config import configuration
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Forbidden, Invalid
from yigongti.registry.terminology.loading import Row, load_concepts, load_national, load_starter
from yigongti.registry.terminology.models import CodeSystem, Concept
from yigongti.registry.terminology.queries import search_concepts
from yigongti.registry.terminology.services import define_system


@pytest.fixture
def icd(db: None) -> CodeSystem:
    return define_system(SYSTEM, code="icd-10", name="ICD-10")


def test_the_starter_lists_load_once(db: None) -> None:
    first, second = load_starter(SYSTEM), load_starter(SYSTEM)
    assert len(first["icd-10"].added) > 300
    assert len(first["icd-9-cm-3"].added) >= 100
    assert all(loaded.read == 0 for loaded in second.values())
    assert CodeSystem.objects.get(pk="speciality").concepts.filter(code="03.04", name="心血管内科专业").exists()
    assert not any(loaded.rejected for loaded in first.values())


def test_every_row_is_counted_and_a_bad_one_is_rejected_alone(icd: CodeSystem) -> None:
    rows = [
        Row(2, "I10.x00", "原发性高血压"),
        Row(3, "", "没有代码"),
        Row(4, "I10.x00", "又一次"),
        Row(5, "E11.900", "名" * 300),
        Row(6, "J44.900", "慢性阻塞性肺疾病"),
    ]
    loaded = load_concepts(SYSTEM, system=icd, rows=rows)
    assert (loaded.added, set(loaded.rejected), loaded.read) == ({2, 6}, {3, 4, 5}, 5)
    assert "第 2 行重复" in str(loaded.rejected[4])
    again = load_concepts(
        SYSTEM, system=icd, rows=[Row(2, "I10.x00", "特发性高血压"), Row(6, "J44.900", "慢性阻塞性肺疾病")]
    )
    assert (again.changed, again.unchanged, again.added) == ({2}, {6}, set())


def test_loading_needs_the_permission(icd: CodeSystem) -> None:
    from yigongti.kernel.access.actor import Actor

    with pytest.raises(Forbidden):
        load_concepts(Actor(1, "无权"), system=icd, rows=[])


def test_a_folder_without_the_tables_is_refused(db: None, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"没有 ZD_INFO\.dat"):
        load_national(SYSTEM, tmp_path)


@pytest.fixture(scope="module")
def national(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Both national tables, once for the module."""
    folder = configuration().data_dir
    if folder is None or not (folder / "chs-drg").is_dir():
        pytest.skip("the national tables are not on this machine (YIGONGTI_DATA_DIR)")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        started = time.perf_counter()
        loaded = load_national(SYSTEM, folder / "chs-drg")
        print(*map(str, loaded.values()), f"{time.perf_counter() - started:.1f} s")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE terminology_concept")
        yield
        Concept.objects.all().delete()
        CodeSystem.objects.all().delete()


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("高血压", "高血压"), ("gxy", "高血压"), ("i10", "I10"), ("I10.X00", "I10.x00"), ("2型糖尿病", "2型糖尿病"),
        ("高血压 3级", "3级"), ("霍乱", "霍乱"), ("tnb", "糖尿病"), ("病", "病"), ("g", ""), ("没有这个病", None),
    ],
)  # fmt: skip
def test_search_in_the_national_table_is_fast(national: None, typed: str, expected: str | None) -> None:
    search_concepts("icd-10", typed)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        started = time.perf_counter()
        found = search_concepts("icd-10", typed)
        took = time.perf_counter() - started
    print(f"{typed}: {took * 1000:.1f} ms", [str(concept) for concept in found[:3]])
    assert len(queries) == 1
    assert (not found) if expected is None else expected in str(found[0])
    assert took < 0.1
