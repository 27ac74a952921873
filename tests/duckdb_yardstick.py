#!/usr/bin/env python3
"""The yardstick of `cargo bench --bench matching`: DuckDB on the same two catalogues.

Usage: duckdb_yardstick.py FOLDER   with till.csv and web.csv in it (id, title, sku, barcode, brand, minor).

Reads both into tables, then does what the report does, as far as SQL has it: the same normalisation (entities, Unicode
composition, case, blanks; barcodes as one number space with their check digit), one join for each kind of key, and the
union. It is spared what the report does beyond: uniqueness of keys, one-to-one candidates, indexes for changes, hints
and reasons. Prints name=number lines; CPU seconds of all threads.
"""

import resource
import sys
from pathlib import Path

try:
    import duckdb
except ImportError:
    sys.exit("DUCKDB IS NOT HERE: the yardstick cannot run (python3 -m pip install duckdb)")


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def folded(column):
    """NFC is what DuckDB has; the few characters that NFKC takes apart and these catalogues have are told one by one."""
    text = f"coalesce({column}, '')"
    for entity, character in [("&amp;", "&"), ("&quot;", '"'), ("&#39;", "''"), ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " ")]:
        text = f"replace({text}, '{entity}', '{character}')"
    text = f"lower(nfc_normalize(replace({text}, chr(160), ' ')))"
    return f"nullif(trim(regexp_replace({text}, ' +', ' ', 'g')), '')"


def gtin(column):
    """The number of a GTIN whose check digit is right, else the text as it is."""
    digits = f"regexp_replace(coalesce({column}, ''), '[ -]', '', 'g')"
    number = f"try_cast({digits} as bigint)"
    total = " + ".join(f"({number} // {10 ** place}) % 10 * {3 if place % 2 else 1}" for place in range(14))
    is_number = f"regexp_full_match({digits}, '[0-9]{{7,14}}')"
    return f"case when {is_number} and {number} > 0 and ({total}) % 10 = 0 then cast({number} as varchar) else {folded(column)} end"


def main():
    folder = Path(sys.argv[1])
    database = duckdb.connect()
    start = cpu()
    for side in ("till", "web"):
        columns = "{'id': 'bigint', 'title': 'varchar', 'sku': 'varchar', 'barcode': 'varchar', 'brand': 'varchar', 'minor': 'bigint'}"
        database.execute(
            f"create table {side}_raw as select * from read_csv('{folder / (side + '.csv')}', header = true, columns = {columns})"
        )
    read = cpu()
    for side in ("till", "web"):
        database.execute(
            f"create table {side} as select id, {gtin('barcode')} as barcode, {folded('sku')} as sku, "
            f"{folded('title')} as title, coalesce({folded('brand')}, '') as brand, minor from {side}_raw"
        )
    normalised = cpu()
    pairs = database.execute(
        """
        create table pairs as
        select till.id as ours, web.id as theirs from till join web using (barcode)
        union
        select till.id, web.id from till join web using (sku)
        union
        select till.id, web.id from till join web using (title)
        where till.minor is not distinct from web.minor and till.brand = web.brand
        """
    ).fetchall()
    joined = cpu()
    pairs = database.execute("select count(*) from pairs").fetchone()[0]
    print(f"read={read - start}")
    print(f"normalise={normalised - read}")
    print(f"join={joined - normalised}")
    print(f"peak={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}")
    print(f"pairs={pairs}")


main()
