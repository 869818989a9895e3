"""The two database roles, the database and its rights: as docs/operations.md shows them for a server of one's own."""

import psycopg
from psycopg import sql

DATABASE, OWNER, APP = "yigongti", "yigongti_owner", "yigongti_app"
EXTENSIONS = ("pg_trgm", "btree_gist")

ROLE = sql.SQL(
    "{verb} ROLE {role} LOGIN PASSWORD {password} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
)
CREATE_DATABASE = sql.SQL("CREATE DATABASE {name} OWNER {owner} ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")


def prepare_role(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> None:
    """Make or renew a role that can log in and nothing else: no superuser, no databases, no roles, no RLS bypass."""
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    connection.execute(ROLE.format(verb=verb, role=sql.Identifier(role), password=sql.Literal(password)))


def grants(database: str = DATABASE, owner: str = OWNER, app: str = APP) -> list[sql.Composed]:
    """The statements that a superuser runs once inside the database, in order; harmless when repeated."""
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(owner),
        "app": sql.Identifier(app),
    }
    statements = [f"CREATE EXTENSION IF NOT EXISTS {extension}" for extension in EXTENSIONS] + [
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT CREATE, USAGE ON SCHEMA public TO {owner}",
        "GRANT USAGE ON SCHEMA public TO {app}",
    ]
    statements += [
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {{owner}} IN SCHEMA public GRANT {rights} TO {{app}}"
        for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES", "EXECUTE ON FUNCTIONS")
    ]
    return [sql.SQL(statement).format(**names) for statement in statements]
