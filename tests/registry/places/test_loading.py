from pathlib import Path

import pytest

from yigongti.config import configuration
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.errors import Invalid
from yigongti.registry.places.loading import load_areas
from yigongti.registry.places.models import Area

COUNTY = """code,name,areaCode
431127001,塔峰镇,431127
431127001,塔峰镇,431127
43112799,坏代码,431127
431127002,,431127
500105001,别县的街道,500105
"""


def folder(path: Path) -> Path:
    (path / "provinces.csv").write_text('code,name\n43,"湖南省"\n', encoding="utf-8-sig")
    (path / "cities.csv").write_text("code,name\n4311,永州市\n", encoding="utf-8")
    (path / "areas.csv").write_text("code,name\n431127,蓝山县\n", encoding="utf-8")
    (path / "streets.csv").write_text(COUNTY, encoding="utf-8")
    (path / "villages.csv").write_text("code,name\n431127001001,城东社区\n431127009001,无上级村\n", encoding="utf-8")
    return path


@pytest.mark.django_db
def test_areas_load_with_their_parents_and_every_row_is_accounted_for(tmp_path: Path) -> None:
    first = load_areas(SYSTEM, folder(tmp_path), counties=["431127"])
    assert (first.read, first.added, first.changed, first.unchanged, len(first.rejected)) == (9, 5, 0, 0, 4)
    assert [reason.split("：")[0] for reason in first.rejected] == [
        "streets.csv 第 3 行", "streets.csv 第 4 行", "streets.csv 第 5 行", "villages.csv 第 3 行"
    ]  # fmt: skip
    village = Area.objects.get(pk="431127001001")
    assert (village.level, village.parent_id) == ("village", "431127001")
    again = load_areas(SYSTEM, tmp_path, counties=["431127"])
    assert (again.added, again.changed, again.unchanged) == (0, 0, 5)


@pytest.mark.django_db
def test_a_folder_without_tables_or_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="没有行政区划表"):
        load_areas(SYSTEM, tmp_path)
    (tmp_path / "provinces.csv").write_text("代码,名称\n43,湖南省\n", encoding="utf-8")
    with pytest.raises(Invalid, match="缺少列 code 或 name"):
        load_areas(SYSTEM, tmp_path)


@pytest.mark.django_db
def test_the_published_tables(tmp_path: Path) -> None:
    data = configuration().data_dir
    if data is None or not (data / "regions").is_dir():
        pytest.skip("the published tables are not on this machine (YIGONGTI_DATA_DIR)")
    loaded = load_areas(SYSTEM, data / "regions", counties=["431127"])
    assert Area.objects.filter(pk__startswith="431127", level="village").count() == 228
    assert loaded.rejected == []
