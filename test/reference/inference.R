# Writes inference.sql: intervals and tests as R computes them, in tables that
# sql/inference.sql compares with ces.
#   Rscript test/reference/inference.R > test/reference/inference.sql
#
# It uses R's own function if there is one and its input fits in memory: prop.test
# (without continuity correction) for Wilson's interval and the z test, t.test for
# Student and Welch, p.adjust for Benjamini and Hochberg. R has none for Newcombe's
# interval, adjusted Wald, or counts of 10^12; there the formula of the paper is
# written out, in other terms than in src/inference.c.
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
samples <- c(extremes, lapply(c(2:20, 25, 30, 50, 100, 200, 500, 1000, 10000, 1e5, 1e6), random_counts),
	lapply(1:10, function(i) floor(random_counts(1e6) * 1e6 + runif(11) * 1e6)))

total <- sum
top <- function(counts) sum(counts[10:11])
bottom <- function(counts) sum(counts[1:7])
fits <- function(counts) sum(counts) <= 1e6
answers <- function(counts) rep(0:10, counts)
mean_of <- function(counts) sum(counts * 0:10) / sum(counts)
# Relative to a score that most have, so that nothing cancels.
variance_of <- function(counts) {
	from <- which.max(counts) - 1
	mean <- sum(counts * (0:10 - from)) / sum(counts)
	sum(counts * (0:10 - from - mean)^2) / (sum(counts) - 1)
}
critical <- function(confidence) qnorm((1 - confidence) / 2, lower.tail = FALSE)

wilson <- function(counts, confidence) {
	if (total(counts) == 0) return(c(NA, NA))
	100 * prop.test(top(counts), total(counts), conf.level = confidence, correct = FALSE)$conf.int
}

adjusted_net <- function(counts) {
	shares <- (c(bottom(counts), counts[8] + counts[9], top(counts)) + c(0.75, 1.5, 0.75)) / (total(counts) + 3)
	net <- sum(shares * c(-1, 0, 1))
	list(net = net, above = sum(shares * 0:2), below = sum(shares * 2:0), variance = sum(shares * (c(-1, 0, 1) - net)^2) / (total(counts) + 3))
}

nps_interval <- function(counts, confidence) {
	if (total(counts) == 0) return(c(NA, NA))
	adjusted <- adjusted_net(counts)
	clip(100 * (adjusted$net + c(-1, 1) * critical(confidence) * sqrt(adjusted$variance)), -100, 100)
}

mean_interval <- function(counts, confidence) {
	if (total(counts) < 2) return(c(NA, NA))
	if (fits(counts) && max(counts) < total(counts))
		return(clip(t.test(answers(counts), conf.level = confidence)$conf.int, 0, 10))
	t <- qt((1 - confidence) / 2, total(counts) - 1, lower.tail = FALSE)
	clip(mean_of(counts) + c(-1, 1) * t * sqrt(variance_of(counts) / total(counts)), 0, 10)
}

proportion_test <- function(a, b, confidence) {
	if (total(a) == 0 || total(b) == 0) return(rep(NA, 5))
	n <- c(total(a), total(b))
	p <- c(top(a), top(b)) / n
	la <- wilson(a, confidence) / 100
	lb <- wilson(b, confidence) / 100
	d <- p[1] - p[2]
	ci <- c(d - sqrt((p[1] - la[1])^2 + (lb[2] - p[2])^2), d + sqrt((la[2] - p[1])^2 + (p[2] - lb[1])^2))
	# R gives chi-squared, the square of z; and NaN if all or none are in the box.
	# With counts like 10^12 its chi-squared cancels, so there z is from the paper.
	if (!fits(a) || !fits(b)) {
		out <- n - c(top(a), top(b))
		d <- if (all(p > 0.5)) out[2] / n[2] - out[1] / n[1] else d
		error <- sqrt(sum(top(a), top(b)) / sum(n) * (sum(out) / sum(n)) * sum(1 / n))
		z <- if (error == 0) 0 else d / error
		return(c(100 * d, 100 * ci, z, 2 * pnorm(abs(z), lower.tail = FALSE)))
	}
	test <- prop.test(c(top(a), top(b)), n, correct = FALSE)
	z <- if (is.nan(test$statistic)) 0 else sign(d) * sqrt(test$statistic)
	c(100 * d, 100 * ci, z, if (is.nan(test$p.value)) 1 else 2 * pnorm(abs(z), lower.tail = FALSE))
}

net_test <- function(a, b, confidence) {
	if (total(a) == 0 || total(b) == 0) return(rep(NA, 5))
	adjusted_a <- adjusted_net(a)
	adjusted_b <- adjusted_net(b)
	# net + 1 is small where all are detractors, net - 1 where all are promoters.
	d <- if (adjusted_a$net < -0.5 && adjusted_b$net < -0.5) adjusted_a$above - adjusted_b$above
		else if (adjusted_a$net > 0.5 && adjusted_b$net > 0.5) adjusted_b$below - adjusted_a$below
		else adjusted_a$net - adjusted_b$net
	error <- sqrt(adjusted_a$variance + adjusted_b$variance)
	c(100 * ((top(a) - bottom(a)) / total(a) - (top(b) - bottom(b)) / total(b)),
		clip(100 * (d + c(-1, 1) * critical(confidence) * error), -200, 200),
		d / error, 2 * pnorm(-abs(d / error)))
}

mean_test <- function(a, b, confidence) {
	if (total(a) == 0 || total(b) == 0) return(rep(NA, 5))
	from <- which.max(a) - 1
	d <- sum(a * (0:10 - from)) / sum(a) - sum(b * (0:10 - from)) / sum(b)
	if (total(a) < 2 || total(b) < 2) return(c(d, rep(NA, 4)))
	va <- variance_of(a) / total(a)
	vb <- variance_of(b) / total(b)
	if (va + vb == 0) return(c(d, rep(NA, 4)))
	if (fits(a) && fits(b)) {
		test <- try(t.test(answers(a), answers(b), conf.level = confidence), silent = TRUE)
		if (!inherits(test, "try-error"))
			return(c(d, clip(test$conf.int, -10, 10), test$statistic, test$p.value))
	}
	df <- (va + vb)^2 / (va^2 / (total(a) - 1) + vb^2 / (total(b) - 1))
	t <- qt((1 - confidence) / 2, df, lower.tail = FALSE)
	c(d, clip(d + c(-1, 1) * t * sqrt(va + vb), -10, 10),
		d / sqrt(va + vb), 2 * pt(-abs(d / sqrt(va + vb)), df))
}

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
