# Writes regression.csv: regressions as R computes them, which test/unit/regression.c compares
# with ours.
#   Rscript test/reference/regression.R > test/reference/regression.csv
#
# A line "case" has a name, a tolerance, the number of predictors, the number of rows, and
# the sums and the sums of products (1 with 1, 1 with 2, ..., 2 with 2, ...) of the outcome
# and the predictors, as whole numbers. The lines after it have the results.
#
# lm does the regressions; shares.R has what R lacks.
options(digits = 17, scipen = 100, warn = 1)
set.seed(20001130)

number <- function(x) ifelse(is.na(x), "nan", sprintf("%.17g", x))
whole <- function(x) {
	stopifnot(x == round(x), abs(x) <= 2^53)
	sprintf("%.0f", x)
}
line <- function(...) cat(paste(c(...), collapse = ","), sep = "\n")

source("test/reference/shares.R")

case <- function(name, y, x, counts = rep(1, length(y)), tolerance = 1e-10) {
	v <- cbind(y, x)
	pairs <- unlist(lapply(seq_len(ncol(v)), function(i) sapply(i:ncol(v), function(j) sum(counts * v[, i] * v[, j]))))
	line("case", gsub(",", ";", name), tolerance, ncol(x), whole(sum(counts)), whole(colSums(v * counts)), whole(pairs))
}

# perfect: there is no error but rounding.
fit <- function(name, y, x, counts = rep(1, length(y)), tolerance = 1e-10, perfect = FALSE) {
	x <- cbind(x)
	n <- sum(counts)
	p <- ncol(x)
	case(name, y, x, counts, tolerance)
	model <- lm(y ~ x, weights = counts, tol = 0)
	stopifnot(!is.na(coef(model)))
	df <- n - p - 1
	constant <- length(unique(y)) == 1
	left <- if (perfect || constant) 0 else fraction_left(y, x, counts)
	r2 <- if (constant) NA else if (left > 0.5) sum(counts * (fitted(model) - sum(y * counts) / n)^2) / sum(counts * (y - sum(y * counts) / n)^2) else 1 - left
	inflation <- vif(x, counts)
	error <- sqrt(left * sum(counts * centred(cbind(y), counts)^2) / df / colSums(counts * centred(x, counts)^2) * inflation)
	if (df >= 1 && !perfect && !constant && all(counts == 1)) {
		s <- summary(model)
		stopifnot(all.equal(unname(s$coefficients[-1, 2]), unname(error), tolerance = max(1e-10, tolerance)),
			all.equal(s$r.squared, r2, tolerance = 1e-10))
		line("adjusted_r_squared", number(s$adj.r.squared))
	} else
		line("adjusted_r_squared", number(if (df < 1 || constant) NA else 1 - left * (n - 1) / df))
	line("r_squared", number(tidy(r2)))
	line("coefficient", number(if (constant) rep(0, p) else tidy(coef(model)[-1], max(abs(y)) / apply(abs(x), 2, max))))
	line("std_error", number(if (df < 1) rep(NA, p) else error))
	line("vif", number(inflation))
	if (constant)
		return(invisible())
	line("relative_weight", number(tidy(johnson(y, x, counts))))
	if (p <= 12)
		line("shapley", number(tidy(lmg(y, x, counts))))
}

# The first predictor that lm drops; here we know which one it is.
dependent <- function(name, which, y, x, counts = rep(1, length(y))) {
	case(name, y, x, counts)
	line("dependent", which - 1)
}

# Published: for rwa, https://martinctc.github.io/rwa/articles/regression-methods.html;
# for LMG, domir's README and its "articles/domir_basics.md" (jluchman/domir). In whole numbers:
# neither depends on units.
cars <- cbind(mpg = 10 * mtcars$mpg, cyl = mtcars$cyl, disp = 10 * mtcars$disp, hp = mtcars$hp,
	wt = 1000 * mtcars$wt, am = mtcars$am, vs = mtcars$vs, carb = mtcars$carb, drat = 100 * mtcars$drat,
	qsec = 100 * mtcars$qsec, gear = mtcars$gear)
cars <- round(cars)
mpg <- cars[, "mpg"]
published <- function(result, names, values) {
	case(paste("published", paste(names, collapse = " ")), mpg, cars[, names], tolerance = 5e-8 / sum(values))
	line(result, values)
}
published("relative_weight", c("cyl", "disp", "hp", "wt"), c(0.2096904, 0.1883043, 0.1799590, 0.2706812))
published("shapley", c("am", "vs", "cyl"), c(0.1774892, 0.2027032, 0.3817849))
published("shapley", c("am", "cyl", "carb"), c(0.2156848, 0.4173094, 0.1783081))

fit("mtcars, 4 predictors", mpg, cars[, c("cyl", "disp", "hp", "wt")])
fit("mtcars, 3 predictors", mpg, cars[, c("am", "vs", "cyl")])
fit("mtcars, all 10", mpg, cars[, -1])
fit("mtcars, 1 predictor", mpg, cars[, "wt"])

answers <- function(n, x, slopes, spread) pmin(pmax(round(4 + as.vector(x %*% slopes) + rnorm(n, 0, spread)), 1), 7)
binary <- function(n, shares) sapply(shares, function(s) as.numeric(runif(n) < s))
correlated <- function(n, p, top = 10) {
	common <- rnorm(n)
	sapply(seq_len(p), function(j) pmin(pmax(round(top / 2 + top / 5 * (common + rnorm(n))), 0), top))
}
for (p in c(1, 2, 3, 5, 12, 30)) {
	x <- binary(200, runif(p, 0.1, 0.6))
	fit(paste(p, "binary"), answers(200, x, rnorm(p), 1), x)
	x <- correlated(150, p)
	fit(paste(p, "correlated"), answers(150, x, rnorm(p, 0, 0.1), 1), x)
}
x <- cbind(binary(300, c(0.5, 0.05)), round(rnorm(300, 1e6, 1e3)), round(rexp(300, 1 / 3600)))
fit("units far apart, means far from 0", answers(300, x[, 1:2], c(1, -1), 1), x)
x <- correlated(40, 3)
fit("outcome below 0", -100 + 7 * x[, 1] - 3 * x[, 2] + round(rnorm(40, 0, 10)), -x)

# Few rows: n = predictors + 1 and + 2.
for (p in c(1, 2, 5, 12)) {
	x <- correlated(p + 2, p, 1000)
	y <- round(rnorm(p + 2, 0, 100))
	fit(paste(p, "predictors, 1 degree of freedom"), y, x, tolerance = 1e-9)
	fit(paste(p, "predictors, no degree of freedom"), y[-1], x[-1, , drop = FALSE], perfect = TRUE, tolerance = 1e-8)
}

# Orthogonal predictors: LMG and relative weights are both r².
x <- as.matrix(expand.grid(0:1, 0:1, 0:1, 0:1, 0:1))
fit("orthogonal", round(5 + 3 * x[, 1] - 2 * x[, 2] + x[, 3] * x[, 4] + rnorm(32)), x)
fit("nothing explained", rep(c(1, 2, 2, 1), 8), x[, 1:2])
fit("constant outcome", rep(5, 32), x)
fit("perfect", 3 * x[, 1] - 2 * x[, 2] + 7 * x[, 5], x, perfect = TRUE)
x <- correlated(50, 4)
fit("perfect, correlated", as.vector(3 * x %*% 1:4) - 100, x, perfect = TRUE)
fit("one predictor is the outcome", x[, 1], x, perfect = TRUE)

# Many rows: all combinations of rare events, each as often as it is to be expected.
rare <- function(n, chances) {
	x <- as.matrix(expand.grid(rep(list(0:1), length(chances))))
	list(x = x, counts = ceiling(n * apply(x, 1, function(row) prod(ifelse(row == 1, chances, 1 - chances)))))
}
for (n in c(1e6, 1e9, 1e12)) {
	events <- rare(n, c(1e-5, 1e-3, 0.3, 1e-4))
	y <- as.vector(7 - events$x %*% c(1, 1, 0, 2)) - events$x[, 2] * events$x[, 3]
	fit(paste(n, "rows with rare events"), y, events$x, events$counts, tolerance = 1e-9)
}

# 10^15 rows, of which a few are different: what is expected is by hand, in terms of the four
# counts. x is a of n, y is b of n, c have both.
n <- 1e15
a <- 1e6; b <- 40000; both <- 10000
x <- c(0, 1, 0, 1); y <- c(0, 0, 1, 1)
counts <- c(n - a - b + both, a - both, b - both, both)
xx <- a * (n - a) / n; yy <- b * (n - b) / n; xy <- (counts[1] / n * both - counts[2] / n * counts[3])
case("10^15 rows, one predictor", y, cbind(x), counts)
r2 <- xy / xx * xy / yy
line("coefficient", number(xy / xx))
line("r_squared", number(r2))
line("std_error", number(sqrt((1 - r2) * yy / (n - 2) / xx)))
line("vif", 1)
line("relative_weight", number(r2))
line("shapley", number(r2))
# Two kinds of rare event that never come together, with a share of the outcomes each.
a <- c(1e6, 2000); hit <- c(5e5, 1500); other <- 7e4
x <- cbind(c(0, 0, 1, 1, 0, 0), c(0, 0, 0, 0, 1, 1))
y <- c(0, 1, 0, 1, 0, 1)
counts <- c(n - sum(a) - other, other, a[1] - hit[1], hit[1], a[2] - hit[2], hit[2])
case("10^15 rows, two predictors that exclude each other", y, x, counts)
rest <- n - sum(a)
line("coefficient", number(hit / a - other / rest))
left <- sum(c(hit, other) * (1 - c(hit, other) / c(a, rest)))
line("std_error", number(sqrt(left / (n - 3) * (1 / a + 1 / rest))))
line("vif", number(1 + a / n * rev(a) / rest))
total <- (other + sum(hit)) * (1 - (other + sum(hit)) / n)
line("r_squared", number(sum(a * (hit / a - (sum(hit) + other) / n)^2, rest * (other / rest - (sum(hit) + other) / n)^2) / total))

# Nearly a combination: what is lost is in proportion to the VIF.
minutes <- round(rexp(500, 1 / 20))
y <- answers(500, cbind(minutes), -0.05, 1)
for (base in c(60, 1000, 1e5)) {
	x <- cbind(minutes, base * minutes + sample(0:59, 500, TRUE), binary(500, 0.3))
	fit(paste("nearly collinear:", base, "for each minute"), y, x, tolerance = 1e-14 * max(vif(x, rep(1, 500))) + 1e-10)
}

# A combination of the others.
x <- correlated(100, 5)
y <- answers(100, x, rnorm(5, 0, 0.1), 1)
dependent("a duplicate", 4, y, cbind(x[, 1:3], x[, 2], x[, 4]))
dependent("the same in other units", 3, y, cbind(x[, 1:2], 60 * x[, 1] + 1000000, x[, 3]))
dependent("a + b = c", 3, y, cbind(x[, 1], x[, 2], x[, 1] + x[, 2], x[, 3]))
dependent("c = a + b", 4, y, cbind(x[, 1] + x[, 2], x[, 3], x[, 1], x[, 2], x[, 4]))
dependent("the reverse", 2, y, cbind(x[, 1], 10 - x[, 1]))
dependent("more predictors than rows allow", 4, y[1:4], x[1:4, ])
channel <- sample(1:5, 100, TRUE)
dependent("a dummy for each of five channels", 6, y, cbind(x[, 1], outer(channel, 1:5, "==") * 1, x[, 2]))
# The last channel has one row in a thousand, a million, 10^9 and 10^12.
for (n in c(1e3, 1e6, 1e9, 1e12)) {
	x <- rbind(diag(4), diag(4))
	counts <- c(n, round(n / 3), 50, 1, n, round(n / 7), 20, 3)
	dependent(paste("a dummy for each channel,", n, "rows"), 4, c(1, 2, 3, 4, 2, 2, 2, 2), x, counts)
	fit(paste("a dummy for each channel but the largest,", n, "rows"), c(1, 2, 3, 4, 2, 2, 2, 2), x[, -1], counts, tolerance = 1e-9)
}
x <- correlated(200, 29)
dependent("the sum of 29", 30, answers(200, x, rnorm(29, 0, 0.1), 1), cbind(x, rowSums(x)))
