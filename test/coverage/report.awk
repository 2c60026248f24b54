# Reads what gcov writes. Prints how much of each source file the tests run, and each line
# that no test runs. Fails if fewer than 99 % of all lines are run.
#
# A line that holds several functions, made by a macro, has a section for each, and all of
# them have to run. The sections of a line in a header are copies of one function.
BEGIN { FS = ":" }
/^-----/ { section = ""; next }
NF == 2 { section = $1 ": "; next }
$2 + 0 == 0 { if ($3 == "Source") source = $4; next }
source !~ /^src\// || $1 !~ /[0-9#=]/ { next }
section != "" && source ~ /\.h$/ { next }
{
	line = source ":" $2 + 0
	lines[source] += !(line in known)
	known[line] = 1
}
$1 ~ /[#=]/ {
	missed[source] += !(line in unrun)
	unrun[line] = 1
	list = list line ": " section substr($0, length($1 $2) + 3) "\n"
}
function report(name, lines, missed) {
	return sprintf("%-24s %5d lines %6.2f %%", name, lines, 100 - 100 * missed / lines)
}
END {
	for (source in lines) {
		print report(source, lines[source], missed[source]) | "sort"
		all += lines[source]
		all_missed += missed[source]
	}
	close("sort")
	if (!all) {
		print "gcov has no lines"
		exit 1
	}
	printf "%s\n\nNot run:\n%s", report("all", all, all_missed), list
	if (all_missed > 0.01 * all) {
		print "Fewer than 99 % of the lines are run"
		exit 1
	}
}
