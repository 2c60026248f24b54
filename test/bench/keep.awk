# awk -f keep.awk OLD NEW: the new report. The rows about pg_ivm and TimescaleDB are those of the
# old report if this time they could not be had. A line "- pg_ivm VERSION, DATE" tells.
FNR == 1 { file++ }
/^## / { section = $0 }
/^- (pg_ivm|TimescaleDB) / { version[file, $2] = $0 }
file == 1 && /^\| [^|]+ \| (pg_ivm|TimescaleDB|hypertable) \|/ { rows[section] = rows[section] $0 "\n" }
file == 2 { new[FNR] = $0; lines = FNR }

# The system that a row is about
function system_of(row) {
	split(row, field, " [|] ")
	return field[2] == "hypertable" ? "TimescaleDB" : field[2]
}

function print_missing_rows(    n, i, row) {
	n = split(rows[section], row, "\n")
	for (i = 1; i < n; i++)
		if (!((2, system_of(row[i])) in version))
			print row[i]
}

function print_missing_versions(    i, name) {
	split("pg_ivm TimescaleDB", name, " ")
	for (i = 1; i <= 2; i++)
		if ((1, name[i]) in version && !((2, name[i]) in version))
			print version[1, name[i]]
}

END {
	for (i = 1; i <= lines + 1; i++) {
		if (new[i - 1] ~ /^\|/ && new[i] !~ /^\|/)
			print_missing_rows()
		if (new[i] ~ /^## /)
			section = new[i]
		if (i <= lines)
			print new[i]
		if (new[i] ~ /^- ces /)
			print_missing_versions()
	}
}
