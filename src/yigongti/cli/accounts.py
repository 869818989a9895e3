"""``yigongti account``: the first administrator of a new installation, and the way back when a password is lost."""

from typing import Annotated

import typer
from rich.markup import escape

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import out, tell
from yigongti.kernel.errors import NotFound

app = typer.Typer(help="账号：建立第一个管理员，重设口令（日常管理在网页上进行）", no_args_is_help=True)

Username = Annotated[str, typer.Argument(help="账号")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@app.command()
def create(
    username: Username,
    name: Annotated[str, typer.Option(help="姓名")],
    at: Annotated[str, typer.Option(help="机构代码")],
    role: Annotated[str, typer.Option(help="角色代码")] = "administrator",
    organization: Annotated[str, typer.Option(help="该代码尚无机构时，以此名称登记一个主管部门")] = "",
    as_json: Json = False,
) -> None:
    """在一个机构（含下属）建立账号，给出首次登录须改的口令。"""
    with database():
        load_django()
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.kernel.access.services import create_user
        from yigongti.registry.organizations.models import Organization
        from yigongti.registry.organizations.services import open_organization

        with acting(SYSTEM):
            place = Organization.objects.filter(code=at).first()
            if place is None and organization:
                place = open_organization(SYSTEM, code=at, name=organization, tier=Organization.Tier.AUTHORITY)
            if place is None:
                raise NotFound(f"没有代码为 {at} 的机构", hint="加 --organization 名称，登记一个新的主管部门")
            user, password = create_user(
                SYSTEM, username=username, name=name, role=role, organization_id=place.pk, subtree=True
            )
        _show(user.username, password, as_json)


@app.command()
def reset(username: Username, as_json: Json = False) -> None:
    """重设口令，结束该账号的全部登录。"""
    with database():
        load_django()
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM
        from yigongti.kernel.access.models import User
        from yigongti.kernel.access.services import reset_password

        with acting(SYSTEM):
            user = User.objects.filter(username=username).first()
            if user is None:
                raise NotFound(f"没有账号 {username}")
            _show(username, reset_password(SYSTEM, user_id=user.pk), as_json)


def _show(username: str, password: str, as_json: bool) -> None:
    if as_json:
        tell({"username": username, "password": password})
    else:
        out.print(f"账号 {escape(username)}，口令 [bold]{escape(password)}[/]（首次登录须修改，请当面交给本人）")
