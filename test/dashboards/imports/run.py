"""The tests of the import files, which ../imports.sh starts with a server."""
import sys

import common
import dbt
import grafana
import metabase
import superset

for tool in (grafana, superset, metabase, dbt):
    try:
        tool.test()
    except Exception as error:  # the tests of the other tools go on
        common.ok(False, f"{tool.__name__}: {type(error).__name__}", error)
print(f"1..{common.count}")
sys.exit(common.failed)
