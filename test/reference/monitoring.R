# Writes monitoring.csv: funnels and control charts as R computes them, which
# test/unit/monitoring.c compares with ours.
#   Rscript test/reference/monitoring.R > test/reference/monitoring.csv
#
# funnel,name,shares?,units,expected,phi,tau²
# unit,n,value,variance,lower95,upper95,lower998,upper998,z,adjusted       for each unit
# chart,name,points,centre,baseline
# point,n,value,lower,upper,signal                                         for each point
#
# Runs are found by rle.
options(digits = 17, scipen = 100, warn = 2)
set.seed(20051130)

number <- function(x) ifelse(is.na(x), "nan", sprintf("%.17g", x))
line <- function(...) cat(paste(c(...), collapse = ","), sep = "\n")

winsorise <- function(z) pmin(pmax(z, quantile(z, 0.1)), quantile(z, 0.9))

# phi and tau² as in FunnelPlotR (R/od_adjustment.R). Those of 2, 5, 10, 15 and 18 of 20 are published.
funnelplotr <- function(y, target, s) {
	k <- length(y)
	phi <- sum(winsorise((y - target) / s)^2) / k
	w <- 1 / s^2
	c(phi, if (k * phi < k - 1) 0 else max(0, (k * phi - (k - 1)) / (sum(w) - sum(w^2) / sum(w))))
}
stopifnot(abs(funnelplotr(asin(sqrt(c(2, 5, 10, 15, 18) / 20)), asin(sqrt(0.5)), 1 / (2 * sqrt(rep(20, 5)))) -
	c(6.8850464, 0.0950789)) < 5.1e-8)

# What is left of the variance of normal numbers, winsorised
kept <- 2 * (integrate(function(x) x^2 * dnorm(x), 0, qnorm(0.9), rel.tol = 1e-12)$value + 0.1 * qnorm(0.9)^2)

# Ours has another tau², with which the winsorised z vary as normal numbers would, winsorised, and 0 unless they vary
# more than 95 percent of such sets of numbers do. In errors, each y is less the mean of all y, itself among them. off
# is y less target, but for what makes few answers fair.
write_funnel <- function(name, n, value, variance, expected, y, target, s, shares = FALSE, off = y - target,
	limit = function(off, i) target + off) {
	k <- length(n)
	contrasts <- if (k > 1) diag(k) - matrix(n / sum(n), k, k, byrow = TRUE) else diag(1)
	error <- function(tau2) sqrt(as.vector(contrasts^2 %*% (s^2 + tau2)))
	dispersion <- function(tau2) mean(winsorise(off / error(tau2))^2) / kept
	phi <- dispersion(0)
	tau2 <- 0
	if (k > 1 && phi > qchisq(0.95, k - 1) / (k - 1))
		tau2 <- uniroot(function(t) log(dispersion(t)), c(0, 100 * max(off^2)), tol = 1e-18, maxiter = 10000)$root
	# Shrinkage is by the method of moments: for means that of DerSimonian and Laird with one variance within all, for
	# shares that of a beta-binomial distribution.
	single <- if (shares) expected * (1 - expected) * sum(n) / (sum(n) - 1) else (s^2 * n)[1]
	excess <- sum(n * (value - expected)^2) - (k - 1) * single
	weight <- sum(n) - sum(n^2) / sum(n) - shares * (k - 1)
	between <- if (excess > 0 && weight > 0) min(excess / weight, if (shares) single else Inf) else 0
	within <- (single - shares * between) / n
	adjusted <- ifelse(within > 0, (within * expected + between * value) / (within + between), value)
	line("funnel", gsub(",", ";", name), as.integer(shares), k, number(c(expected, phi, tau2)))
	for (i in seq_len(k))
		line("unit", number(c(n[i], value[i], variance[i],
			sapply(c(0.025, 0.975, 0.001, 0.999), function(p) limit(qnorm(p) * error(tau2)[i], i)),
			off[i] / error(tau2)[i], adjusted[i])))
}

# An angle beyond the ends stands for the end.
share_of <- function(angle) sin(min(max(angle, 0), pi / 2))^2

# So many answers are added to the hits, and to the misses, unless that puts a unit on the other side: three eighths, so
# far as a unit is not part of what is expected.
shares <- function(name, hits, n) {
	expected <- sum(hits) / sum(n)
	y <- asin(sqrt(hits / n))
	target <- asin(sqrt(expected))
	more <- 3 / 8 * (if (length(n) > 1) 1 - n / sum(n) else 1)
	off <- asin(sqrt((hits + more) / (n + 2 * more))) - target
	off[off * (y - target) <= 0] <- 0
	limit <- function(off, i) {
		value <- ((n[i] + 2 * more[i]) * share_of(target + off) - more[i]) / n[i]
		if (off < 0) min(max(value, 0), expected) else max(min(value, 1), expected)
	}
	write_funnel(name, n, hits / n, rep(0, length(n)), expected, y, target, 1 / (2 * sqrt(n)), TRUE, off, limit)
}

# answers: a vector for each unit
means <- function(name, answers) {
	n <- lengths(answers)
	value <- sapply(answers, mean)
	unit <- factor(rep(seq_along(n), n))
	all <- unlist(answers)
	within <- summary(aov(all ~ unit))[[1]]["Residuals", "Mean Sq"]
	write_funnel(name, n, value, ifelse(n > 1, sapply(answers, var), 0), mean(all), value, mean(all), sqrt(within / n))
}

shares("2; 5; 10; 15; 18 of 20", c(2, 5, 10, 15, 18), rep(20, 5))
shares("two", c(10, 15), c(20, 40))
shares("one in ten", c(1, 0, 2, 3, 1, 0, 2), c(10, 12, 15, 30, 8, 3, 25))
shares("without and with all", c(0, 20, 10), c(20, 20, 20))
for (k in c(2, 3, 7, 11, 30, 101))
	for (spread in c(0, 0.5)) {
		n <- round(exp(runif(k, 0, 7)))
		shares(paste(k, "units, spread", spread), rbinom(k, n, plogis(1.5 + rnorm(k, 0, spread))), n)
	}
n <- c(1e9, 5e12, 3, 1)
shares("billions", c(0.9 * n[1], 0.90001 * n[2], 1, 1), n)

for (k in c(2, 3, 7, 11, 30, 101))
	for (spread in c(0, 1)) {
		n <- c(2, round(exp(runif(k - 1, 0, 5))))
		means(paste(k, "units, spread", spread), lapply(n, function(m) pmin(pmax(round(rnorm(m, 5 + rnorm(1, 0, spread), 1.5)), 1), 7)))
		means(paste("net scores,", k, "units, spread", spread), lapply(n, function(m)
			100 * (findInterval(runif(m) + spread * runif(1, -0.2, 0.2), c(0.2, 0.5)) - 1)))
	}

# The number of the last of the same kind in a row, NA for those that don't count
row_number <- function(kind) {
	counts <- kind[kind != 0]
	result <- rep(NA, length(kind))
	result[kind != 0] <- sequence(rle(counts)$lengths)
	result
}

chart <- function(name, n, total, baseline = length(n)) {
	value <- total / n
	first <- seq_len(min(baseline, length(n)))
	centre <- sum(total[first]) / sum(n[first])
	spread <- sqrt(1 / n[first][-1] + 1 / head(n[first], -1))
	# 2 / sqrt(pi) is the mean distance of two values whose standard deviation is 1
	sigma <- mean(abs(diff(value[first])) / (2 / sqrt(pi)) / (spread / sqrt(2)))
	error <- sigma / sqrt(n)
	z <- (value - centre) / error
	signal <- rep(0, length(n))
	near <- embed(c(0, 0, ifelse(abs(z) > 2, sign(z), 0)), 3)
	signal[near[, 1] != 0 & (near[, 1] == near[, 2] | near[, 1] == near[, 3])] <- 4
	signal[which(row_number(c(0, sign(diff(value)))) >= 6)] <- 3
	signal[which(row_number(sign(value - centre)) >= 8)] <- 2
	signal[abs(z) > 3] <- 1
	line("chart", gsub(",", ";", name), length(n), number(centre), baseline)
	for (i in seq_along(n))
		line("point", number(c(n[i], value[i], centre - 3 * error[i], centre + 3 * error[i])), signal[i])
}

# nhs_accidents of qicharts2: patients seen within four hours, of those who came
came <- c(280443, 276823, 291681, 296155, 282343, 275888, 283867, 295251, 284468, 282529, 279618, 283932, 266629,
	268091, 276803, 271578, 266005, 273520, 278574, 273772)
seen <- c(266501, 264225, 276532, 281461, 269071, 261215, 270409, 279778, 270483, 270320, 267923, 271478, 255353,
	256820, 261835, 259144, 255910, 260863, 264465, 260989)
chart("nhs_accidents", came, seen)
chart("nhs_accidents, baseline of 12", came, seen, 12)
chart("two points", c(10, 20), c(7, 15))
for (points in c(3, 10, 52, 500)) {
	n <- round(exp(runif(points, 2, 6)))
	chart(paste("quiet,", points), n, rbinom(points, n, 0.8))
	chart(paste("one jump,", points), n, rbinom(points, n, ifelse(seq_len(points) > points / 2, 0.8, 0.7)))
	chart(paste("baseline,", points), n, round(rnorm(points, 5, 0.1) * n), max(2, points %/% 3))
	chart(paste("a wave,", points), n, round((5 + sin(seq_len(points) / 5)) * n))
	chart(paste("steady growth,", points), rep(100, points), 300 + 2 * seq_len(points))
	chart(paste("few values,", points), rep(20, points), rbinom(points, 20, 0.5))
}
