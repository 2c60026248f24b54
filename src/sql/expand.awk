# Join the parts of the SQL script and write out their templates. A template is SQL that
# is repeated for each row of a table. To SQL, the lines that say so are comments:
#
#   --@ table score_type           A table has a name, a row with the names of its
#   --@   type    | c_type         columns, and rows of values.
#   --@   integer | int4
#
#   --@ for each score_type        In a template, @type@ and @c_type@ stand for the values
#   ... @type@ ... @c_type@ ...    of a row. Templates can be nested.
#   --@ end
#
# A constant of a C header that is read before the parts is written @CES_SCALE_MAX@.

function fail(message) {
	print "expand.awk: " message >"/dev/stderr"
	failed = 1
	exit 1
}

function replace(text, name, value,    done, at) {
	name = "@" name "@"
	while ((at = index(text, name)) > 0) {
		done = done substr(text, 1, at - 1) value
		text = substr(text, at + length(name))
	}
	return done text
}

BEGIN { depth = 0 }

FILENAME ~ /[.]h$/ { if ($1 == "#define" && NF == 3) constant[$2] = $3; next }
/^--@ table /      { table = $3; height[table] = -1; next }
/^--@  /           {
	if (table == "")
		fail("a row of no table: " $0)
	gsub(/^--@ +| +$/, "")
	row[table, ++height[table]] = $0
	next
}
/^--@ for each /   { loop[++depth] = $4; table = ""; next }
/^--@ end$/ {
	name = loop[depth]
	template = text[depth]
	text[depth--] = ""
	width = split(row[name, 0], column, / *[|] */)
	if (height[name] < 1)
		fail("for each " name ": no rows")
	for (r = 1; r <= height[name]; r++) {
		if (split(row[name, r], cell, / *[|] */) != width)
			fail("table " name ": wrong number of columns: " row[name, r])
		sql = template
		for (c = 1; c <= width; c++)
			sql = replace(sql, column[c], cell[c])
		text[depth] = text[depth] sql
	}
	next
}
{ text[depth] = text[depth] $0 "\n" }

END {
	if (failed)
		exit 1
	if (depth)
		fail("for each " loop[depth] ": no end")
	for (name in constant)
		text[0] = replace(text[0], name, constant[name])
	rest = text[0]
	gsub(/@ext(owner|schema)@/, "", rest) # these are for PostgreSQL
	if (match(rest, /--@.*|@[A-Za-z0-9_]+@/))
		fail("no value for " substr(rest, RSTART, RLENGTH))
	printf "%s", text[0]
}
