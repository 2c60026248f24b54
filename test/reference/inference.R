# Writes inference.sql: intervals and tests as R computes them, in tables that
# sql/inference.sql compares with ces.
#   Rscript test/reference/inference.R > test/reference/inference.sql
#
# It uses R's own function if there is one and its input fits in memory: prop.test
# (without continuity correction) for Wilson's interval and the z test, phyper for
# Fisher's exact test, dhyper for the permutation test, t.test for Welch, p.adjust for
# Benjamini and Hochberg. R has none for the other intervals, Hall's correction, or counts
# of 10^12; there the formula of the paper is written out, in other terms than in
# src/inference.c.
options(digits = 17, warn = -1)
set.seed(20160101)

number <- function(x) ifelse(is.na(x), "\\N", sprintf("%.17g", x))
array_of <- function(counts) paste0("{", paste(sprintf("%.0f", counts), collapse = ","), "}")
clip <- function(x, low, high) pmin(pmax(x, low), high)

confidences <- c(0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.999999)

# Counts from 0 (worst) to 10 (best), top box 9 and 10, bottom box 0 to 6.
random_counts <- function(n) as.vector(rmultinom(1, n, rgamma(11, runif(1, 0.2, 2))))
one_point <- function(point, n) replace(rep(0, 11), point + 1, n)
extremes <- list(
	one_point(10, 1), one_point(0, 1), one_point(7, 1), one_point(9, 1),
	one_point(10, 2), one_point(0, 2), one_point(10, 50), one_point(0, 50), one_point(8, 50),
	one_point(10, 1e12), one_point(0, 1e12), one_point(7, 1e12),
	one_point(10, 1) + one_point(0, 1), one_point(10, 1) + one_point(9, 1),
	one_point(10, 1e12) + one_point(0, 1), one_point(10, 1) + one_point(0, 1e12),
	one_point(5, 1e12) + one_point(6, 1), one_point(5, 1e12) + one_point(6, 2),
	rep(1e12, 11), rep(1e12, 11) + 0:10, 0:10 * 1e11, rep(0, 11))
samples <- c(extremes, lapply(c(2:20, 25, 30, 50, 70, 90, 100, 130, 150, 180, 200, 500, 1000, 10000, 1e5, 1e6), random_counts),
	lapply(1:10, function(i) floor(random_counts(1e6) * 1e6 + runif(11) * 1e6)))

total <- sum
top <- function(counts) sum(counts[10:11])
bottom <- function(counts) sum(counts[1:7])
fits <- function(counts) sum(counts) <= 1e6
# Relative to a score that most have, so that nothing cancels.
variance_of <- function(counts) {
	from <- which.max(counts) - 1
	values <- seq_along(counts) - 1
	mean <- sum(counts * (values - from)) / sum(counts)
	sum(counts * (values - from - mean)^2) / (sum(counts) - 1)
}
critical <- function(confidence) qnorm((1 - confidence) / 2, lower.tail = FALSE)

wilson <- function(counts, confidence) {
	if (total(counts) == 0) return(c(NA, NA))
	100 * prop.test(top(counts), total(counts), conf.level = confidence, correct = FALSE)$conf.int
}

# The mean of equidistant values, from the worst: the angular transformation of the mean of
# the answers and of 1.5 that nobody gave, spread over the values.
angular <- function(values, counts, confidence) {
	if (total(counts) == 0) return(c(NA, NA))
	answers <- counts + 1.5 / length(counts)
	n <- sum(answers)
	place <- (values - min(values)) / diff(range(values))
	mean <- weighted.mean(place, answers)
	error <- sqrt(sum(answers * (place - mean)^2) / (n - 1) / n)
	margin <- critical(confidence) * error / sqrt(4 * mean * (1 - mean))
	angles <- clip(asin(sqrt(mean)) + c(-1, 1) * margin, 0, pi / 2)
	range(min(values) + diff(range(values)) * (1 - cos(2 * angles)) / 2, weighted.mean(values, counts))
}

categories <- function(counts) c(bottom(counts), counts[8] + counts[9], top(counts))
nps_interval <- function(counts, confidence) angular(c(-100, 0, 100), categories(counts), confidence)
mean_interval <- function(counts, confidence) angular(0:10, counts, confidence)

# The interval of a difference, from two intervals.
mover <- function(d, a, ci_a, b, ci_b)
	c(d - sqrt((a - ci_a[1])^2 + (ci_b[2] - b)^2), d + sqrt((ci_a[2] - a)^2 + (b - ci_b[1])^2))

# Twice the smaller tail, with half of the probability of the sum itself.
mid_p <- function(below, at, above) min(1, 2 * min(below, above) + at)

# How the sum of n answers without replacement is distributed: point by point, how many
# of the n are from this one and not from the points after it.
sum_distribution <- function(counts, n) {
	p <- matrix(0, n + 1, n * (length(counts) - 1) + 1)
	p[1, 1] <- 1
	left <- sum(counts)
	for (value in seq_along(counts) - 1) {
		here <- counts[value + 1]
		left <- left - here
		after <- 0 * p
		for (j in 0:n) for (x in 0:(n - j)) {
			chance <- dhyper(x, here, left, n - j)
			sums <- which(p[j + 1, ] > 0)
			if (chance > 0 && length(sums))
				after[j + x + 1, sums + x * value] <- after[j + x + 1, sums + x * value] + chance * p[j + 1, sums]
		}
		p <- after
	}
	p[n + 1, ]
}

permutation <- function(a, b) {
	drawn <- if (sum(a) <= sum(b)) a else b
	p <- sum_distribution(a + b, sum(drawn))
	at <- sum(drawn * (seq_along(drawn) - 1)) + 1
	mid_p(sum(p[seq_len(at - 1)]), p[at], sum(p[-seq_len(at)]))
}

# Beyond this number of answers in the smaller group, an exact test would take R too long.
fits_permutation <- function(a, b) min(sum(a), sum(b)) <= 200

proportion_test <- function(a, b, confidence) {
	if (total(a) == 0 || total(b) == 0) return(rep(NA, 5))
	n <- c(total(a), total(b))
	p <- c(top(a), top(b)) / n
	la <- wilson(a, confidence) / 100
	lb <- wilson(b, confidence) / 100
	d <- p[1] - p[2]
	ci <- c(d - sqrt((p[1] - la[1])^2 + (lb[2] - p[2])^2), d + sqrt((la[2] - p[1])^2 + (p[2] - lb[1])^2))
	x <- top(a)
	in_box <- top(a) + top(b)
	others <- sum(n) - in_box
	p_value <- function(z) if (min(n) > 1e5) 2 * pnorm(abs(z), lower.tail = FALSE)
		else if (n[1] <= n[2]) mid_p(phyper(x - 1, in_box, others, n[1]), dhyper(x, in_box, others, n[1]), phyper(x, in_box, others, n[1], lower.tail = FALSE))
		else mid_p(phyper(top(b) - 1, in_box, others, n[2]), dhyper(top(b), in_box, others, n[2]), phyper(top(b), in_box, others, n[2], lower.tail = FALSE))
	# R gives chi-squared, the square of z; and NaN if all or none are in the box.
	# With counts like 10^12 its chi-squared cancels, so there z is from the paper.
	if (!fits(a) || !fits(b)) {
		out <- n - c(top(a), top(b))
		d <- if (all(p > 0.5)) out[2] / n[2] - out[1] / n[1] else d
		error <- sqrt(sum(top(a), top(b)) / sum(n) * (sum(out) / sum(n)) * sum(1 / n))
		z <- if (error == 0) 0 else d / error
		return(c(100 * d, 100 * ci, z, p_value(z)))
	}
	test <- prop.test(c(top(a), top(b)), n, correct = FALSE)
	z <- if (is.nan(test$statistic)) 0 else sign(d) * sqrt(test$statistic)
	c(100 * d, 100 * ci, z, p_value(z))
}

# Welch, corrected for skewness; statistic and p-value.
welch <- function(a, b, d) {
	values <- seq_along(a) - 1
	va <- variance_of(a) / total(a)
	vb <- variance_of(b) / total(b)
	moment <- function(counts) {
		from <- which.max(counts) - 1
		mean <- sum(counts * (values - from)) / sum(counts)
		sum(counts * (values - from - mean)^3) / sum(counts)^3
	}
	skewness <- (moment(a) - moment(b)) / (va + vb)^1.5
	df <- (va + vb)^2 / (va^2 / (total(a) - 1) + vb^2 / (total(b) - 1))
	t <- d / sqrt(va + vb)
	if (fits(a) && fits(b)) {
		test <- t.test(rep(values, a), rep(values, b))
		stopifnot(all.equal(c(t, df), unname(c(test$statistic, test$parameter)), tolerance = 1e-9))
	}
	# 27/s ((1 + s t / 3)^3 - 1) / 27 + s / 6, in a form that doesn't cancel
	g <- t + skewness * t^2 / 3 + skewness^2 * t^3 / 27 + skewness / 6
	c(t, 2 * pt(-abs(g), df))
}

# NA for a p-value that would take R too long.
equidistant_test <- function(a, b, values, interval) {
	if (total(a) == 0 || total(b) == 0) return(rep(NA, 5))
	step <- values[2] - values[1]
	from <- which.max(a)
	d <- sum(a * (seq_along(a) - from)) / sum(a) - sum(b * (seq_along(a) - from)) / sum(b)
	ci <- clip(mover(step * d, weighted.mean(values, a), interval(a), weighted.mean(values, b), interval(b)),
		min(values) - max(values), max(values) - min(values))
	few <- min(total(a), total(b)) <= 500
	if (!few && variance_of(a) + variance_of(b) > 0)
		return(c(step * d, ci, welch(a, b, d)))
	error <- sqrt(variance_of(a + b) * (1 / total(a) + 1 / total(b)))
	z <- if (error == 0) 0 else d / error
	p <- if (!few) 2 * pnorm(-abs(z)) else if (fits_permutation(a, b)) permutation(a, b) else NA
	c(step * d, ci, z, p)
}

net_test <- function(a, b, confidence)
	equidistant_test(categories(a), categories(b), c(-100, 0, 100), function(counts) angular(c(-100, 0, 100), counts, confidence))
mean_test <- function(a, b, confidence)
	equidistant_test(a, b, 0:10, function(counts) angular(0:10, counts, confidence))

copy <- function(table, columns, rows) {
	cat("CREATE TEMP TABLE ", table, " (", columns, ");\n", sep = "")
	cat("COPY ", table, " FROM stdin;\n", sep = "")
	cat(unlist(rows), sep = "\n")
	cat("\\.\n")
}

fields <- function(name, confidence, arrays, values)
	paste(c(name, number(confidence), arrays, number(values)), collapse = "\t")

intervals <- list(ces_topbox_ci = wilson, nps_ci = nps_interval, ces_mean_ci = mean_interval)
tests <- list(ces_topbox_test = proportion_test, nps_test = net_test, ces_mean_test = mean_test)

cat("-- Written by test/reference/inference.R.\n")
copy("interval_reference", "method text, confidence float8, counts bigint[], lower float8, upper float8",
	lapply(names(intervals), function(name) sapply(seq_along(samples), function(i) {
		confidence <- if (i %% 2) 0.95 else confidences[i %% 7 + 1]
		fields(name, confidence, array_of(samples[[i]]), intervals[[name]](samples[[i]], confidence))
	})))

# Each with its neighbour, with one drawn at random, and with itself.
count <- length(samples)
pairs <- c(lapply(1:count, function(i) c(i, i %% count + 1)),
	lapply(1:count, function(i) c(i, sample(count, 1))),
	lapply(seq(1, count, 3), function(i) c(i, i)))
copy("test_reference", "method text, confidence float8, a bigint[], b bigint[], difference float8, lower float8, upper float8, statistic float8, p_value float8",
	lapply(names(tests), function(name) sapply(seq_along(pairs), function(i) {
		confidence <- if (i %% 2) 0.95 else confidences[i %% 7 + 1]
		a <- samples[[pairs[[i]][1]]]
		b <- samples[[pairs[[i]][2]]]
		fields(name, confidence, c(array_of(a), array_of(b)), tests[[name]](a, b, confidence))
	})))

sets <- c(list(0.03, c(0, 0, 0), c(1, 1), c(0.05, 0.05, 0.05), c(0, 1), c(NA, 0.2, NA), c(NA, NA), c(0.01, 0.02, 0.03, 0.04, 0.05),
		c(1e-300, 1e-200, 0.5), 5:1 / 100),
	lapply(c(2:30, 60, 100, 1000), function(n) round(rbeta(n, 0.4, 1), sample(2:12, 1))),
	lapply(c(5, 20, 60), function(n) ifelse(runif(n) < 0.3, NA, rbeta(n, 0.4, 1))),
	lapply(1:6, function(i) 10^-runif(20, 0, 12)))
copy("adjusted_reference", "set integer, position integer, p_value float8, adjusted float8",
	lapply(seq_along(sets), function(i) {
		p <- sets[[i]]
		paste(i, seq_along(p), number(p), number(p.adjust(p, "BH")), sep = "\t")
	}))
