"""Compares two exports the way somebody would who has only DuckDB: what is gone, what is new, what
differs. Prints seconds and the peak of memory in kibibytes."""

import resource
import sys
import time

import duckdb

before, after = sys.argv[1:3]
database = duckdb.connect()
database.execute("SET threads = 2")
begun = time.monotonic()
columns = [f"column{number}" for number in range(1, 10)]
differs = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in columns)
database.execute(
    f"""SELECT count(*) FILTER (b.login IS NULL), count(*) FILTER (a.login IS NULL),
               count(*) FILTER (a.login IS NOT NULL AND b.login IS NOT NULL AND ({differs}))
          FROM read_csv('{before}', all_varchar = true) a
          FULL JOIN read_csv('{after}', all_varchar = true) b ON a.login = b.login"""
).fetchall()
print(time.monotonic() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
