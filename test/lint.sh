#!/bin/sh
# Check the source without running it: the layout of the C code (clang-format), cppcheck and
# clang-tidy on it, shellcheck on the scripts, whether the reference names every object of the
# extension, whether the links of the documentation lead somewhere, whether the files and commands
# that it names exist, and whether the README's figures are those of the benchmark.
#
# shellcheck disable=SC2046,SC2086 # file names have no blanks
set -u

cd "$(dirname "$0")/.." || exit 1
test/lib/setup.sh clang-format clang-tidy cppcheck git shellcheck || exit 1
headers=$("${PG_CONFIG:-pg_config}" --includedir-server)
sources=$(find src -name '*.c')
scripts=$(git ls-files | xargs grep -lE '^#!/bin/(ba)?sh')
passed=0
failed=0

check() {
	name=$1
	shift
	if "$@"; then
		echo "ok - $name"
		passed=$((passed + 1))
	else
		echo "not ok - $name"
		failed=$((failed + 1))
	fi
}

layout() {
	clang-format --dry-run -Werror $(find src -name '*.[ch]') test/*/*.[ch]
}

# cppcheck can't know that ereport(ERROR) and elog(ERROR) don't return, nor that a function
# fills an array that it is given; compilers and valgrind check those. simplehash has a struct
# with an unused member.
cppcheck_sources() {
	cppcheck --quiet -j "$(nproc)" --error-exitcode=1 --std=c99 -I src \
		--enable=warning,style,performance,portability \
		'-Dereport(level,report)=((report),exit(level))' '-Delog(level,...)=exit(level)' \
		'-Dforeach(cell,list)=while (next(&(cell), list))' -DHAVE_INT128 \
		--suppress=legacyUninitvar --suppress=ctuuninitvar \
		--suppress=unusedStructMember:src/labels.c \
		$sources
}

clang_tidy_sources() {
	# Standard error has the number of warnings in the headers of others.
	printf '%s\n' $sources | xargs -P "$(nproc)" -I {} \
		clang-tidy --quiet {} -- -isystem "$headers" -I src -D_GNU_SOURCE 2>/dev/null
}

# Does the reference show, as code, the name of each function, procedure, aggregate, type, table and
# view, and the sign of each operator?
documented() {
	make -s script || return 1
	objects=$(sed -nE \
		-e 's/^CREATE (FUNCTION|PROCEDURE|AGGREGATE|TYPE|TABLE|VIEW) ([a-z_0-9]+).*/\2/p' \
		-e 's/^CREATE OPERATOR ([^ a-zA-Z]+) \(.*/\1/p' \
		-e 's/^CREATE OPERATOR CLASS ([a-z_0-9]+).*/\1/p' ces--*.sql | sort -u)
	[ -n "$objects" ] || return 1
	missing=0
	for object in $objects; do
		if ! awk -v object="$object" '
			/^```/ { block = !block; next }
			!block {
				n = split($0, part, "`")
				for (i = 2; i <= n; i += 2)
					if (index(" " part[i] "(", " " object "(") || index(" " part[i] " ", " " object " "))
						found = 1
			}
			END { exit !found }' doc/reference/*.md; then
			echo "The reference does not mention $object"
			missing=1
		fi
	done
	return $missing
}

# Does each relative link lead to a file and, after a "#", to a heading in it? An anchor is the
# heading in lower case, with "-" for a blank and without other punctuation.
links() {
	perl -0777 -e '
		my (%anchors, $missing);
		sub anchors_of {
			my ($path) = @_;
			open my $page, "<", $path or return {};
			my $text = <$page> =~ s/^```.*?^```//gmsr;
			return { map { (lc =~ s/[^\w\- ]//gr =~ tr/ /-/r) => 1 } $text =~ /^#+ (.+)$/gm };
		}
		foreach my $page (@ARGV) {
			open my $file, "<", $page or die "$page: $!";
			my $text = <$file> =~ s/^```.*?^```//gmsr;
			my $directory = $page =~ m{(.*/)} ? $1 : "";
			while ($text =~ /\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g) {
				my ($target, $anchor) = ($1 eq "" ? $page : "$directory$1", $2);
				next if -e $target && (!defined $anchor || ($anchors{$target} //= anchors_of($target))->{$anchor});
				print "$page: ", substr($&, 1), " leads nowhere\n";
				$missing = 1;
			}
		}
		exit !!$missing' $(git ls-files '*.md')
}

# Is there each file of test/, doc/ and .ci/ that the documentation names as code, and is each
# "make WORD" in it a target? Does the Makefile say what each verb is for?
commands() {
	missing=0
	spans=$(awk '
		/^```/ { shell = !shell && /^```sh/; next }
		shell { print }
		{ n = split($0, part, "`"); for (i = 2; i <= n; i += 2) print part[i] }' $(git ls-files '*.md'))
	for file in $(printf "%s\n" "$spans" | grep -oE '^(test|doc|\.ci)/[^ ]+'); do
		ls -d $file >/dev/null 2>&1 || {
			echo "The documentation names $file, which does not exist"
			missing=1
		}
	done
	verbs=$(sed -n 's/^VERBS = //p' Makefile)
	for verb in $(printf "%s\n" "$spans" | sed -nE 's/^(sudo )?make ([a-z-]+).*/\2/p' | sort -u); do
		case " $verbs all clean install installcheck uninstall script " in
			*" $verb "*) ;;
			*) echo "The documentation names make $verb, which does not exist" && missing=1 ;;
		esac
	done
	for verb in $verbs; do
		if ! [ -x "test/$verb.sh" ] || ! grep -q "^#   make $verb " Makefile; then
			echo "Makefile: test/$verb.sh, or what it is for, is missing"
			missing=1
		fi
	done
	return $missing
}

# Is each row of the README's tables of figures, marked as such, in the benchmark's report?
figures() {
	marker='<!-- figures: rows of doc/benchmark.md -->'
	awk -v marker="$marker" '
		NR == FNR { measured[$0]; next }
		$0 == marker { marked++; table = 1; line = 0; next }
		table && /^\|/ {
			tables += ++line == 3
			if (line > 2 && !($0 in measured)) {
				print "not in doc/benchmark.md: " $0
				wrong = 1
			}
			next
		}
		line || /[^ \t]/ { table = line = 0 }
		END {
			if (!marked || tables < marked) {
				print "README.md has no table of figures after the line " marker
				wrong = 1
			}
			exit wrong
		}' doc/benchmark.md README.md
}

check "layout of the C code" layout
check "cppcheck" cppcheck_sources
check "clang-tidy" clang_tidy_sources
check "shellcheck" shellcheck $scripts
check "every object is in the reference" documented
check "links in the documentation" links
check "files and commands in the documentation" commands
check "figures in README.md" figures

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
