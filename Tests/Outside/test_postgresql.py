"""The grammar of the second engine: every migration and every statement on Debian's PostgreSQL.

A statement that no test runs is a fault, since nobody could say what becomes of it.
"""

import re
import sqlite3

import pytest

import postgres
import recording
from house import SERVICES
from postgres import Refused, prepare, type_faults

# The fewest statements that a service's tests are known to prepare: less is no recording.
LEAST = {"catalogue": 25, "intake": 45, "approval": 35, "queueing": 35, "monitoring": 50,
         "gateway": 12}

# What is SQLite's by nature, whole, or by how it begins where the last sign is a blank or a
# parenthesis: another engine has its own. All of it stands in Sources/Storage.
ENGINE = {
    "PRAGMA ": "settings and checks of SQLite itself",
    "BEGIN IMMEDIATE": "takes SQLite's one write lock at once",
    "INSERT INTO migration (": "run by the migrator on GRDB's connection",
    "SELECT scope FROM migration WHERE ": "run by the migrator on GRDB's connection",
    "SELECT number, name, digest FROM migration ": "run by the migrator on GRDB's connection",
    "SELECT scope || '/' || name FROM migration ": "run on GRDB's connection for a manifest",
    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name":
        "names the tables that SQLite's own check then looks at one by one",
    "ROLLBACK": "run on GRDB's connection",
}


@pytest.fixture(scope="module")
def schemas():
    recording.make_if_needed()
    return recording.read()


@pytest.fixture(scope="module")
def server():
    with postgres.server() as it:
        yield it


@pytest.fixture(scope="module")
def product():
    """The literals of the services and of the store, by service; the store's under ''."""
    found = {service: recording.sources(f"Sources/{service.capitalize()}") for service in SERVICES}
    return found | {"": recording.sources("Sources/Storage", "Sources/Service")}


def is_engine(sql: str) -> bool:
    return any(sql == text or text[-1] in " (" and sql.startswith(text) for text in ENGINE)


def tell(faults: list[str]) -> None:
    """Fails with all of them."""
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_was_recorded(schemas, service):
    schema = recording.of_service(schemas, service)
    assert len(schema.statements) >= LEAST[service], sorted(schema.statements)


@pytest.mark.parametrize("service", [*SERVICES, ""])
def test_every_statement_of_the_sources_was_prepared(schemas, product, service):
    """A query that no test runs is named here."""
    # The kept tables are the same in every store, also in those of the store's own tests.
    where = [recording.of_service(schemas, service)] if service else schemas.values()
    index = recording.Index(product[service])
    prepared = {literal.place for schema in where for sql in schema.statements
                for literal in index.find(sql)}
    tell([f"{literal.place}: no test prepares {literal.text[:90]!r}" for literal in product[service]
          if literal.place not in prepared and not (service == "" and is_engine(literal.text))])


def test_sql_stands_in_store_folders_alone_and_says_what_it_is_about(product):
    """Otherwise it would not be seen, or anything would do for it."""
    allowed = re.compile(r"Sources/(Storage/|[A-Z]\w+/Store/)")
    everywhere = recording.sources("Sources")
    tell([f"{literal.place}: {literal.text[:90]!r}" for literal in everywhere
          if not (allowed.match(literal.path) and literal.is_named)])


def test_what_is_recorded_stands_in_a_literal(schemas):
    """What was put together from pieces, so that the sources do not show it, is named here."""
    index = recording.Index(recording.sources("Sources", "Tests"))
    tell([f"{schema.key}: {sql[:120]!r}" for schema in schemas.values()
          for sql in schema.statements if not index.find(sql)])


def test_the_list_of_the_engine_s_own_is_closed(product):
    texts = [literal.text for literal in product[""]]
    tell([f"{beginning!r} is in no source" for beginning in ENGINE
          if not any(text.startswith(beginning) for text in texts)])
    tell([f"{literal.place}: {literal.text!r}" for service in SERVICES
          for literal in product[service] if is_engine(literal.text)])


def migrate(connection, schema) -> list[str]:
    """Applies a schema's migrations, each in a transaction; tells what was refused."""
    faults = []
    for step in schema.migrations:
        where = f"{schema.service} {step['name']}"
        if "fault" in step:
            faults.append(f"{where}: {step['fault']}")
            continue
        try:
            with connection.transaction():
                connection.execute(step["postgresql"])
        except postgres.psycopg.Error as error:
            faults.append(f"{where}: {error.sqlstate} {error}")
    return faults


def check(connection, line: dict) -> list[str]:
    """What is wrong with a recorded statement."""
    if "fault" in line:
        return [line["fault"]]
    try:
        described = prepare(connection, line["postgresql"])
    except Refused as refused:
        return [str(refused)]
    return type_faults(described) + null_order_faults(connection, line["postgresql"])


def null_order_faults(connection, sql: str) -> list[str]:
    """Columns that a list is ordered by and that may be null: first in SQLite, last here."""
    faults = []
    for order in re.findall(r"\bORDER BY ([\w., ]+)", sql):
        names = re.findall(r"\w+", re.split(r"\bLIMIT\b", order)[0])
        tables = re.findall(r"\bFROM (\w+)", sql)
        found = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE is_nullable = 'YES'"
            " AND table_name = ANY(%s) AND column_name = ANY(%s)", (tables, names)).fetchall()
        faults += [f"ordered by {name}, which may be null" for (name,) in found
                   if not re.search(rf"\b{name} (=|<|>|<=|>=|BETWEEN|IS NOT NULL)", sql)]
    return faults


@pytest.mark.parametrize("service", SERVICES)
def test_every_migration_applies_and_every_statement_prepares(
        schemas, product, server, service, record_property):
    schema = recording.of_service(schemas, service)
    index = recording.Index(product[service] + product[""])
    kept = recording.Index(product[""])
    with server.database(service) as connection:
        tell(migrate(connection, schema))
        faults, count = [], 0
        texts = schema.explained | schema.statements
        for other in schemas.values():
            texts |= {sql: line for sql, line in other.statements.items() if kept.find(sql)}
        for sql, line in sorted(texts.items()):
            found = index.find(sql)
            # What tests alone ask of SQLite's own tables is no business of a second engine.
            if not found or is_engine(sql):
                continue
            count += 1
            faults += [f"{found[0].place}: {fault}\n    {line.get('postgresql', sql)}"
                       for fault in check(connection, line)]
    record_property("statements", count)
    print(f"{service}: {count} statements")
    tell(faults)
    assert count >= LEAST[service]


def test_what_the_conformance_suites_say_prepares_too(schemas, server):
    """They are to run against a second engine."""
    names = recording.migration_names(recording.ROOT / "Tests/StorageTests/Support",
                                      recording.ROOT / "Sources/Storage")
    found = [schema for schema in schemas.values() if sorted(schema.names) == sorted(names)]
    index = recording.Index(recording.sources(
        "Tests/StorageTests/Conformance", "Tests/StorageTests/Support", "Sources/Storage"))
    assert found
    with server.database("example") as connection:
        tell(migrate(connection, found[0]))
        texts = {sql: line for schema in found for sql, line in schema.statements.items()
                 if index.find(sql) and not is_engine(sql)}
        assert len(texts) >= 25
        tell([f"{index.find(sql)[0].place}: {fault}\n    {sql}"
              for sql, line in texts.items() for fault in check(connection, line)])


# MARK: - What is claimed of the engines


@pytest.fixture(scope="module")
def other(server):
    with server.database("both") as connection:
        yield connection


@pytest.fixture
def both(other):
    """The same empty table in both engines."""
    lite = sqlite3.connect(":memory:")
    lite.execute("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, n INTEGER, b BLOB, s TEXT)"
                 " STRICT")
    other.execute("DROP TABLE IF EXISTS t")
    other.execute("CREATE TABLE t (id BIGINT GENERATED BY DEFAULT AS IDENTITY NOT NULL"
                  " PRIMARY KEY, n BIGINT, b BYTEA, s TEXT)")
    return lite, other


TEXTS = ["", " ", "!", "0", "00", "10", "9", "A", "B", "Z", "_", "a", "aB", "a b", "ab", "b", "z",
         "\x01", "\x7f", "é", "e\u0301", "ß", "Ω", "Я", "я", "\u200b", "办", "行政服务大厅", "行政",
         "ａ", "\uffff", "\U00010000", "𠀀", "😀", "😀a", "\U0010ffff", "case-1", "case-10", "case_2"]


def test_values_come_back_as_they_were(both):
    rows = [(-2 ** 63, b"", ""), (2 ** 63 - 1, bytes(range(256)), "a" * 70_000),
            (0, b"\0", "𠀀😀\U0010ffff"), (None, None, None), (-1, b"\\x00", "it's \\ \"quoted\"")]
    lite, other = both
    back = []
    for connection, place in ((lite, "?"), (other, "%s")):
        ids = [connection.execute(f"INSERT INTO t (n, b, s) VALUES ({place}, {place}, {place})"
                                  " RETURNING id", row).fetchall()[0][0] for row in rows]
        assert ids == [1, 2, 3, 4, 5]
        back.append(connection.execute("SELECT n, b, s FROM t ORDER BY id").fetchall())
    assert back[0] == back[1] == rows


def test_texts_have_the_order_of_their_bytes(both):
    lite, other = both
    for text in TEXTS:
        lite.execute("INSERT INTO t (s) VALUES (?)", [text])
        other.execute("INSERT INTO t (s) VALUES (%s)", [text])
    sorted_by_bytes = sorted(TEXTS, key=str.encode)
    sql = "SELECT s FROM t ORDER BY s"
    assert [row[0] for row in lite.execute(sql)] == sorted_by_bytes
    assert [row[0] for row in other.execute(sql)] == sorted_by_bytes
    # The last of a page is where the next one begins: comparing must agree with ordering.
    for text in TEXTS:
        wanted = [other for other in sorted_by_bytes if other.encode() > text.encode()]
        for connection, place in ((lite, "?"), (other, "%s")):
            behind = connection.execute(f"SELECT s FROM t WHERE s > {place} ORDER BY s", [text])
            assert [row[0] for row in behind] == wanted
    # By the rules of a language it is another order, so the database must be told.
    by_language = other.execute('SELECT s FROM t ORDER BY s COLLATE "und-x-icu"').fetchall()
    assert [row[0] for row in by_language] != sorted_by_bytes


# What both answer alike, and so may be used.
ALIKE = [
    "SELECT 7 / 2, -7 / 2, 7 % -3, -7 % 3",
    "SELECT lower('AZ_ÄЯＡ办'), upper('az_äя')",
    "SELECT s FROM t WHERE lower(s) LIKE lower('A%') ORDER BY s",
    r"SELECT s FROM t WHERE lower(s) LIKE lower('%\_%') ESCAPE '\' ORDER BY s",
    "SELECT s FROM t WHERE s || 'x' > 'ax' ORDER BY s",
    "SELECT count(*), count(n), min(s), max(s) FROM t",
    "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM t",
    "SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM t WHERE id < 0",
    "SELECT max(id) FROM t WHERE id < 0",
    "SELECT id FROM t WHERE n IN (1, 2) OR n BETWEEN 5 AND 7 ORDER BY id",
    "SELECT id FROM t WHERE (n, id) > (2, 3) ORDER BY n, id LIMIT 4",
    "SELECT coalesce(NULL, s, 'x') FROM t WHERE id = 1",
    "SELECT CASE WHEN s = '' THEN 0 ELSE 1 END FROM t ORDER BY id",
    "SELECT DISTINCT n FROM t WHERE n IS NOT NULL ORDER BY n",
    "SELECT n, count(*) FROM t WHERE n > 0 GROUP BY n ORDER BY n",
    "SELECT length('行政😀'), length('')",
    "SELECT id FROM t WHERE s IN (SELECT s FROM t WHERE n = 1) ORDER BY id",
    "UPDATE t SET n = n + 1 WHERE n < 3 RETURNING n",
    "DELETE FROM t WHERE id IN (SELECT id FROM t WHERE n > 3 ORDER BY n LIMIT 2) RETURNING id",
]


@pytest.mark.parametrize("sql", ALIKE)
def test_both_engines_answer_alike(both, sql):
    lite, other = both
    for number, text in enumerate(TEXTS):
        row = (number % 9 or None, text.encode(), text)
        lite.execute("INSERT INTO t (n, b, s) VALUES (?, ?, ?)", row)
        other.execute("INSERT INTO t (n, b, s) VALUES (%s, %s, %s)", row)
    answers = [sorted(connection.execute(sql).fetchall(), key=repr) if "RETURNING" in sql
               else connection.execute(sql).fetchall() for connection in both]
    assert answers[0] == answers[1]


# What is not in the subset, and how the test sees it.
REFUSED = [
    ("SELECT max(id, n) FROM t", "42883"),
    ("SELECT ifnull(n, 0) FROM t", "42883"),
    ("SELECT id FROM t WHERE n == 1", "42883"),
    ("SELECT id FROM t WHERE n IS $1", "42601"),
    ("SELECT id FROM t WHERE s = \"x\"", "42703"),
    ("SELECT id FROM t WHERE s > n", "42883"),
    ("SELECT s, n FROM t GROUP BY n", "42803"),
    ("SELECT rowid FROM t", "42703"),
    ("INSERT OR REPLACE INTO t (id) VALUES ($1)", "42601"),
    ("INSERT INTO t (id, n) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET n = n + 1", "42702"),
    ("INSERT INTO t (id, n) VALUES ($1, $2) ON CONFLICT DO UPDATE SET n = 1", "42601"),
    ("SELECT $1 IS NULL", "42P18"),
    ("SELECT sum(n) FROM t", "column 0 has the type numeric"),
    ("SELECT avg(n) FROM t", "column 0 has the type numeric"),
    ("SELECT id, n = 1 FROM t", "column 1 has the type bool"),
    ("SELECT n / 2.0 FROM t", "column 0 has the type numeric"),
    ("SELECT id FROM t WHERE $1", "place 1 has the type bool"),
    ("SELECT id FROM t LIMIT $1 + 1", "place 1 has the type int4"),
    ("SELECT 1 + $1", "place 1 has the type int4"),
    ("SELECT id FROM t ORDER BY n LIMIT $1", "ordered by n, which may be null"),
    ("SELECT id FROM t WHERE n > 0 ORDER BY n, id LIMIT $1", None),
]


@pytest.mark.parametrize("sql, wanted", REFUSED)
def test_what_is_not_in_the_subset_is_seen(both, sql, wanted):
    _, other = both
    faults = check(other, {"postgresql": sql})
    assert (not faults) if wanted is None else any(wanted in fault for fault in faults), faults


def test_a_nul_is_no_text_in_postgresql(both):
    """SQLite keeps one; the rules of fields refuse it at the door (`FieldFault.nul`)."""
    _, other = both
    with pytest.raises(postgres.psycopg.DataError):
        other.execute("INSERT INTO t (s) VALUES (%s)", ["a\0b"])


def test_a_query_that_nobody_runs_is_named(tmp_path, schemas):
    """The sources are read as the compiler reads them, and what is missing is missed."""
    file = tmp_path / "Rows.swift"
    file.write_text('''
        // "SELECT comment FROM t"
        let a = "SELECT a FROM feed WHERE id = ?"
        let b = """
          SELECT \\(columns) FROM feed \\
          WHERE \\(parts.joined(separator: " AND "))
            AND x = ?
          """
        let c = #"DELETE FROM feed WHERE y LIKE ? ESCAPE '\\'"#
        let d = "Select nothing", e = "DELETED", f = "it says \\"SELECT\\""
        ''', encoding="utf-8")
    found = recording.literals(file)
    assert [literal.text for literal in found] == [
        "SELECT a FROM feed WHERE id = ?",
        "SELECT \0 FROM feed WHERE \0\n  AND x = ?",
        "DELETE FROM feed WHERE y LIKE ? ESCAPE '\\'",
    ]
    index = recording.Index(found)
    assert index.find("SELECT a, b FROM feed WHERE c = ? AND d = ?\n  AND x = ?") == [found[1]]
    assert index.find("SELECT a FROM feed WHERE id = ? AND more = ?") == [found[0]]
    assert not index.find("SELECT a FROM fee")
    prepared = {literal.place for schema in schemas.values() for sql in schema.statements
                for literal in index.find(sql)}
    assert not prepared
