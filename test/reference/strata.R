# Writes strata.sql: comparisons within strata and metrics at a constant mix as R computes
# them, in tables that sql/strata.sql compares with ces.
#   Rscript test/reference/strata.R > test/reference/strata.sql
#
# mantelhaen.test gives the Cochran-Mantel-Haenszel test. R has nothing for the rest: Sato's
# variance is written out in counts, as in the paper; draws without replacement are built
# from dhyper, and added up stratum by stratum.
options(digits = 17, warn = -1)
set.seed(19591989)

number <- function(x) ifelse(is.na(x), "\\N", sprintf("%.17g", x))
matrix_of <- function(m) paste0("{", paste(apply(m, 1, function(r) paste0("{", paste(sprintf("%.0f", r), collapse = ","), "}")), collapse = ","), "}")
clip <- function(x, low, high) pmin(pmax(x, low), high)
critical <- function(confidence) qnorm((1 - confidence) / 2, lower.tail = FALSE)

# A stratum is a row of counts from 0 (worst) to 10 (best), top box 9 and 10, bottom box 0 to
# 6. A metric takes them to counts at its values.
values_of <- list(csat = c(0, 100), nps = c(-100, 0, 100), ces_mean = 0:10)
counts_of <- list(
	csat = function(m) cbind(rowSums(m[, 1:9, drop = FALSE]), rowSums(m[, 10:11, drop = FALSE])),
	nps = function(m) cbind(rowSums(m[, 1:7, drop = FALSE]), rowSums(m[, 8:9, drop = FALSE]), rowSums(m[, 10:11, drop = FALSE])),
	ces_mean = identity)

mean_of <- function(values, counts) sum(values * counts) / sum(counts)
moment <- function(values, counts, power) sum(counts * (values - mean_of(values, counts))^power)
variance <- function(values, counts) moment(values, counts, 2) / (sum(counts) - 1)

# The interval of a metric of answers to one question, of which there need not be a whole number.
interval_of <- function(metric, counts, z, pseudo = 1.5) {
	values <- values_of[[metric]]
	n <- sum(counts)
	if (metric == "csat") {
		centre <- (counts[2] + z^2 / 2) / (n + z^2)
		margin <- z * sqrt(n) / (n + z^2) * sqrt(counts[2] / n * counts[1] / n + z^2 / (4 * n))
		return(100 * c(if (counts[2] == 0) 0 else centre - margin, if (counts[1] == 0) 1 else centre + margin))
	}
	padded <- counts + pseudo / length(counts)
	total <- sum(padded)
	place <- (values - min(values)) / diff(range(values))
	at <- weighted.mean(place, padded)
	error <- sqrt(sum(padded * (place - at)^2) / (total - 1) / total)
	angles <- clip(asin(sqrt(at)) + c(-1, 1) * z * error / sqrt(4 * at * (1 - at)), 0, pi / 2)
	range(min(values) + diff(range(values)) * (1 - cos(2 * angles)) / 2, mean_of(values, counts))
}

# The interval of a metric at a mix: the outer bounds of that of as many answers as give its
# variance, and of the sum of the strata's intervals, with a part of z for each bound.
interval_at_mix <- function(metric, counts, weights, confidence) {
	values <- values_of[[metric]]
	counts <- counts[weights > 0, , drop = FALSE]
	weights <- weights[weights > 0]
	n <- rowSums(counts)
	shares <- weights / sum(weights)
	mix <- colSums(counts * (shares / n))
	m <- mean_of(values, mix)
	# the variance of answers drawn from strata mixed by weights
	unbiased <- function(by) {
		by <- by / sum(by)
		drawn <- colSums(counts * (by / n))
		answers <- 1 / sum(by^2 / n)
		sum(drawn * (values - mean_of(values, drawn))^2) * (if (answers > 1) answers / (answers - 1) else 1)
	}
	answers <- 1 / sum(shares^2 / n)
	if (answers > 1) {
		borrowed <- unbiased(shares^2 / n / (n + 3))
		each <- sapply(seq_along(n), function(h) (moment(values, counts[h, ], 2) + 4 * borrowed) / (n[h] + 3))
		error <- sum(shares^2 * each / n)
		if (error > 0) answers <- unbiased(shares) / error
	}
	z <- critical(confidence)
	as_one <- interval_of(metric, mix * answers, z)
	means <- sapply(seq_along(n), function(h) mean_of(values, counts[h, ]))
	margins <- function(part) shares * abs(t(sapply(seq_along(n), function(h) interval_of(metric, counts[h, ], part * z, part^2 * 1.5))) - means)
	relaxed <- function(margin) if (sum(margin) > 0) sqrt(sum(margin^2)) / sum(margin) else 1
	at_z <- margins(1)
	lower <- m - sum(margins(relaxed(at_z[, 1]))[, 1])
	upper <- m + sum(margins(relaxed(at_z[, 2]))[, 2])
	c(value = m, lower = min(as_one[1], lower), upper = max(as_one[2], upper))
}

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

# Mid-p of the sum of a over the strata.
exact_p <- function(a, b) {
	p <- 1
	at <- 1
	for (h in seq_len(nrow(a))) {
		n <- c(sum(a[h, ]), sum(b[h, ]))
		sum_of <- function(x) sum(x * (seq_along(x) - 1)) + 1
		if (ncol(a) == 2) {
			of_all <- a[h, ] + b[h, ]
			here <- dhyper(0:min(n[1], of_all[2]), of_all[2], of_all[1], n[1])
			place <- a[h, 2] + 1
		} else if (n[1] <= n[2]) {
			here <- sum_distribution(a[h, ] + b[h, ], n[1])
			place <- sum_of(a[h, ])
		} else {
			here <- rev(sum_distribution(a[h, ] + b[h, ], n[2]))
			place <- length(here) + 1 - sum_of(b[h, ])
		}
		both <- rep(0, length(p) + length(here) - 1)
		for (i in which(here > 0)) both[i - 1 + seq_along(p)] <- both[i - 1 + seq_along(p)] + here[i] * p
		p <- both
		at <- at + place - 1
	}
	below <- sum(p[seq_len(at - 1)])
	above <- sum(p[-seq_len(at)])
	min(1, 2 * min(below, above) + p[at])
}

comparison <- function(metric, a, b, confidence, is_exact) {
	values <- values_of[[metric]]
	span <- diff(range(values))
	used <- rowSums(a) > 0 & rowSums(b) > 0
	if (!any(used)) return(rep(NA, 5))
	a <- counts_of[[metric]](a[used, , drop = FALSE])
	b <- counts_of[[metric]](b[used, , drop = FALSE])
	n <- rowSums(a)
	m <- rowSums(b)
	w <- n * m / (n + m)
	strata <- seq_along(n)
	both <- sapply(strata, function(h) variance(values, a[h, ] + b[h, ]))
	spread <- function(side, size, h) if (size[h] > 1) variance(values, side[h, ]) else both[h]
	own <- sum(w^2 * sapply(strata, function(h) spread(a, n, h) / n[h] + spread(b, m, h) / m[h]))
	d <- sum(w * sapply(strata, function(h) mean_of(values, a[h, ]) - mean_of(values, b[h, ]))) / sum(w)
	null <- sum(w * both)
	if (metric == "csat") {
		total <- n + m
		p <- sum((n^2 * b[, 2] - m^2 * a[, 2] + n * m * (m - n) / 2) / total^2)
		q <- sum((a[, 2] * (m - b[, 2]) + b[, 2] * (n - a[, 2])) / (2 * total))
		own <- 100^2 * (d / 100 * p + q)
	}
	shows_variance <- min(null, own) >= 25 * span^2
	few <- if (metric == "csat") null < 25 * span^2 else !shows_variance
	z <- critical(confidence)
	if (shows_variance)
		ci <- d + c(-1, 1) * z * sqrt(own) / sum(w)
	else {
		x <- interval_at_mix(metric, a, w, confidence)
		y <- interval_at_mix(metric, b, w, confidence)
		ci <- d + c(-1, 1) * sqrt(c((x["value"] - x["lower"])^2 + (y["upper"] - y["value"])^2, (x["upper"] - x["value"])^2 + (y["value"] - y["lower"])^2))
	}
	statistic <- if (null == 0) 0 else if (few || metric == "csat") d * sum(w) / sqrt(null) else d * sum(w) / sqrt(own)
	p_value <- 2 * pnorm(-abs(statistic))
	if (metric == "csat" && length(n) > 1 && null > 0) {
		table <- array(rbind(a[, 2], b[, 2], a[, 1], b[, 1]), c(2, 2, length(n)))
		mh <- mantelhaen.test(table, correct = FALSE)
		statistic <- sign(d) * sqrt(unname(mh$statistic))
		p_value <- mh$p.value
	}
	if (few && null > 0) {
		if (is_exact)
			p_value <- exact_p(a, b)
		else {
			third <- sum(sapply(strata, function(h) {
				all <- a[h, ] + b[h, ]
				N <- sum(all)
				if (N == 2) 0 else n[h] * m[h] * (m[h] - n[h]) / (N * (N - 1) * (N - 2)) * moment(values, all, 3)
			}))
			skewness <- third / null^1.5
			# Wilson and Hilferty's cube root of a gamma variable with this shape
			shape <- 4 / skewness^2
			gamma <- shape + sign(skewness) * statistic * sqrt(shape)
			p_value <- 2 * pnorm(-abs(3 * sqrt(shape) * ((gamma / shape)^(1 / 3) - 1 + 1 / (9 * shape))))
		}
	}
	if (null == 0) p_value <- 1
	c(d, clip(ci, -span, span), statistic, p_value)
}

random_strata <- function(strata, n, shapes) t(sapply(seq_len(strata), function(h) as.vector(rmultinom(1, n[1 + h %% length(n)], shapes[1 + h %% nrow(shapes), ]))))
shapes <- function(k) t(replicate(k, rgamma(11, runif(1, 0.2, 2))))
confidences <- c(0.5, 0.8, 0.9, 0.95, 0.99, 0.999)

cases <- list()
add <- function(a, b, metrics, is_exact = TRUE) {
	for (metric in metrics)
		cases[[length(cases) + 1]] <<- list(metric = metric, a = a, b = b, confidence = sample(confidences, 1), is_exact = is_exact)
}
all_metrics <- names(values_of)
point <- function(p, n = 1) replace(rep(0, 11), p + 1, n)
# By hand: one answer, all alike, only one side, nobody.
add(rbind(point(10)), rbind(point(0)), all_metrics)
add(rbind(point(10)), rbind(point(10)), all_metrics)
add(rbind(point(10, 3), point(9, 2)), rbind(point(10, 5), point(9, 70)), all_metrics)
add(rbind(point(8, 3), point(9, 2)), rbind(point(8, 5), point(9, 70)), all_metrics)
add(rbind(point(10), point(3), rep(1, 11)), rbind(rep(0, 11), point(4), rep(0, 11)), all_metrics)
add(rbind(rep(0, 11), point(3)), rbind(rep(3, 11), rep(0, 11)), all_metrics)
# Few answers against as many, and against many; in one stratum, several, and hundreds.
for (strata in c(1, 2, 5, 20, 120)) for (n in list(1, 2, 1:4, c(0, 3, 1))) for (m in list(1:3, c(50, 7), 2000)) {
	# hundreds take many bytes
	if (strata > 20 && !(length(n) == 3 && length(m) == 2)) next
	like <- shapes(4)
	a <- random_strata(strata, n, if (strata > 5) like else shapes(3))
	b <- random_strata(strata, m, like)
	add(a, b, all_metrics)
	add(b, a, sample(all_metrics, 1))
}
# Many in few strata, and in hundreds.
for (strata in c(1, 2, 3, 10, 200)) for (n in list(2000, c(900, 5000, 60000), 1e6)) {
	if (strata > 10 && length(n) == 1) next
	a <- random_strata(strata, n, shapes(5))
	add(a, random_strata(strata, rev(n) * 3, shapes(5)), all_metrics)
	add(random_strata(strata, n, shapes(1)), random_strata(strata, c(1, 3000), shapes(1)), if (strata > 10) all_metrics else character(0))
}
# Everybody differs, or nearly.
add(rbind(point(10, 900), point(10, 300)), rbind(point(0, 800), point(0, 20)), "csat")
add(rbind(point(10, 900), point(10, 300) + point(1)), rbind(point(0, 800), point(0, 20) + point(9)), "csat")
# Sparse strata, which are many in all.
add(random_strata(400, 1:2, shapes(9)), random_strata(400, c(1, 3, 2), shapes(9)), all_metrics)
# Nearly all answers alike: too many for the exact test, too few for the normal distribution.
for (i in 1:6) {
	nearly <- t(replicate(3, c(rgamma(10, 1) * 0.004, 1)))
	add(random_strata(3, 300, nearly), random_strata(3, 4000, nearly), "ces_mean", FALSE)
	add(random_strata(3, 4000, nearly), random_strata(3, 300, nearly), "ces_mean", FALSE)
}
# Few in the top box of many answers.
for (i in 1:3) add(random_strata(4, 1e6, t(c(rep(1, 9), 1e-5, 1e-5))), random_strata(4, c(1e6, 1e5), t(c(rep(1, 9), 1e-5, 1e-5))), "csat")

cat("-- Written by test/reference/strata.R.\n")
cat("CREATE TEMP TABLE stratified_reference (metric text, confidence float8, a bigint[], b bigint[], is_exact boolean, difference float8, lower float8, upper float8, statistic float8, p_value float8);\n")
cat("COPY stratified_reference FROM stdin;\n")
for (case in cases) {
	result <- comparison(case$metric, case$a, case$b, case$confidence, case$is_exact)
	cat(case$metric, number(case$confidence), matrix_of(case$a), matrix_of(case$b), if (case$is_exact) "t" else "f", number(result), sep = "\t")
	cat("\n")
}
cat("\\.\n")
cat("CREATE TEMP TABLE standardized_reference (metric text, confidence float8, counts bigint[], weights float8[], value float8, lower float8, upper float8);\n")
cat("COPY standardized_reference FROM stdin;\n")
for (strata in c(1, 2, 5, 30)) for (n in list(1, 2, c(1, 9, 40), 300, 1e6)) for (metric in all_metrics) {
	counts <- random_strata(strata, n, shapes(3))
	weights <- round(rexp(strata), 4) * sample(c(1, 1e6, 1e-6), 1)
	confidence <- sample(confidences, 1)
	result <- interval_at_mix(metric, counts_of[[metric]](counts), weights, confidence)
	cat(metric, number(confidence), matrix_of(counts), paste0("{", paste(number(weights), collapse = ","), "}"), number(result), sep = "\t")
	cat("\n")
}
cat("\\.\n")
