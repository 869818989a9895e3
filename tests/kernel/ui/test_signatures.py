"""What a column asks for is found out once for each method, and stays right."""

from django_tables2 import Column, Table, utils

from yigongti.kernel.ui.signatures import signature


class People(Table):
    """Columns that ask for different things."""

    name = Column()
    age = Column()

    def render_name(self, value: str, record: dict[str, object]) -> str:
        return f"{value} ({record['age']})"

    def render_age(self, **everything: object) -> str:
        return str(len(everything))


def test_methods_are_known_by_their_function() -> None:
    assert utils.signature is signature
    for _ in range(2):
        assert signature(People([]).render_name) == (("value", "record"), None)
        assert signature(People([]).render_age) == ((), "everything")
        assert signature(lambda value: value) == (("value",), None)


def test_tables_draw_what_they_drew() -> None:
    table = People([{"name": "王", "age": 70}, {"name": "李", "age": 8}])
    assert [row.get_cell("name") for row in table.rows] == ["王 (70)", "李 (8)"]
    assert int(table.rows[0].get_cell("age")) > 3
