"""What an error quotes of the input can be stored and shown."""

from yigongti.kernel.errors import Invalid


def test_control_characters_of_the_input_become_readable() -> None:
    told = Invalid("没有 a\x00b 这一列", hint="您是否要写 \x1b\n名称", field="c\x07")
    assert (told.message, told.hint, told.field) == ("没有 a\ufffdb 这一列", "您是否要写 \ufffd\n名称", "c\ufffd")
    assert str(told) == "没有 a\ufffdb 这一列。您是否要写 \ufffd\n名称"
