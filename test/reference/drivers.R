# Writes drivers.sql: sets of rows, and the key drivers of each as R finds them, in tables that
# sql/drivers.sql compares with ces.
#   Rscript test/reference/drivers.R > test/reference/drivers.sql
#
# lm does the regressions; shares.R has what R lacks.
options(digits = 17, warn = 1)
set.seed(20160107)

source("test/reference/shares.R")

number <- function(x) ifelse(is.na(x), "\\N", sprintf("%.17g", x))
whole <- function(x) ifelse(is.na(x), "NULL", sprintf("%.0f", x))
array_of <- function(x) paste0("{", paste(x, collapse = ","), "}")

copy <- function(table, columns, rows) {
	cat("CREATE TEMP TABLE ", table, " (", columns, ");\n", sep = "")
	cat("COPY ", table, " FROM stdin;\n", sep = "")
	cat(unlist(rows), sep = "\n")
	cat("\\.\n")
}

# The kinds of driver that an audit has: events (binary, common or rare), counts, waiting times in
# seconds, answers, years; some of them depend on one that came before.
driver <- function(n, others) {
	x <- switch(sample(6, 1),
		rbinom(n, 1, 0.5), rbinom(n, 1, 0.15), rpois(n, 1.2), round(rexp(n, 1 / 180)), sample(1:7, n, TRUE), 2026 - rpois(n, 4))
	if (length(others) && runif(1) < 0.5) {
		other <- others[[sample(length(others), 1)]]
		x <- ifelse(runif(n) < 0.6, round((other - mean(other)) / sd(other) * sd(x) + mean(x)), x)
	}
	x
}
drivers <- function(n, p) {
	repeat {
		x <- list()
		for (j in seq_len(p)) x[[j]] <- driver(n, x)
		x <- do.call(cbind, x)
		if (!anyNA(x) && all(apply(x, 2, sd) > 0) && qr(cbind(1, scale(x)), tol = 1e-3)$rank == p + 1) return(x)
	}
}
# Answers on 1 to 7 that depend on some of the drivers.
outcome <- function(x) {
	n <- nrow(x)
	pmin(pmax(round(4.5 + as.vector(scale(x) %*% (rnorm(ncol(x), 0, 0.5) * rbinom(ncol(x), 1, 0.7))) + rnorm(n, 0, 1.2)), 1), 7)
}
with_nulls <- function(v, share) replace(v, runif(length(v)) < share, NA)

set_of <- function(n, p, nulls = 0) {
	x <- drivers(n, p)
	y <- outcome(x)
	list(y = with_nulls(y, nulls), x = apply(x, 2, with_nulls, nulls / p), names = sprintf("driver %d", seq_len(p)))
}
cars <- as.matrix(mtcars) * rep(c(10, 1, 10, 1, 100, 1000, 100, 1, 1, 1, 1), each = nrow(mtcars))
cars <- round(cars)

sets <- c(list(
	list(y = cars[, "mpg"], x = cars[, c("cyl", "disp", "hp", "wt")]),
	list(y = cars[, "mpg"], x = cars[, c("am", "vs", "cyl")]),
	list(y = cars[, "mpg"], x = cars[, c("am", "cyl", "carb")]),
	list(y = cars[, "mpg"], x = cars[, -1])),
	# no degree of freedom left, and one
	list(set_of(6, 5), set_of(7, 5)),
	Map(set_of, c(10, 12, 20, 30, 50, 80, 100, 150, 200, 250, 300, 350, 400, 450, 500, 60, 90),
		c(1, 3, 2, 6, 5, 8, 4, 1, 7, 2, 9, 5, 10, 3, 12, 11, 15),
		c(0, 0, 0.1, 0, 0.05, 0, 0.2, 0.3, 0, 0, 0.1, 0, 0.05, 0, 0.1, 0, 0)))
# two drivers of which one explains nothing at all
sets[[length(sets) + 1]] <- list(y = rep(c(1, 7, 4, 5), 6), x = cbind(rep(0:1, each = 12), rep(c(0, 3), 12)), names = c("half", "odd"))

analyse <- function(set) {
	complete <- complete.cases(set$y, set$x)
	y <- set$y[complete]
	x <- set$x[complete, , drop = FALSE]
	n <- length(y)
	p <- ncol(x)
	one <- rep(1, n)
	s <- summary(lm(y ~ x))
	table <- s$coefficients[-1, , drop = FALSE]
	stopifnot(nrow(table) == p, n >= p + 1)
	known <- n - p - 1 >= 1
	list(n = n, left_out = sum(!complete), r_squared = if (known) s$r.squared else 1, adjusted = if (known) s$adj.r.squared else NA,
		drivers = cbind(colMeans(x), tidy(cor(x, y)), tidy(table[, 1], 1 / apply(abs(x), 2, max)), if (known) table[, 2] else NA, if (known) table[, 4] else NA,
			vif(x, one), tidy(johnson(y, x, one)), if (p <= 12) tidy(lmg(y, x, one)) else NA))
}
results <- lapply(sets, analyse)
each <- seq_along(sets)

cat("-- Written by test/reference/drivers.R.\n")
copy("driver_rows", "set integer, outcome integer, drivers integer[]", lapply(each, function(i) {
	set <- sets[[i]]
	paste(i, ifelse(is.na(set$y), "\\N", whole(set$y)), apply(set$x, 1, function(row) array_of(whole(row))), sep = "\t")
}))
copy("fit_reference", "set integer, names text[], n bigint, left_out bigint, r_squared float8, adjusted_r_squared float8", lapply(each, function(i) {
	names <- if (is.null(sets[[i]]$names)) colnames(sets[[i]]$x) else sets[[i]]$names
	r <- results[[i]]
	paste(i, array_of(names), r$n, r$left_out, number(r$r_squared), number(r$adjusted), sep = "\t")
}))
copy("driver_reference", "set integer, position integer, mean float8, correlation float8, coefficient float8, std_error float8, p_value float8, vif float8, relative_weight float8, shapley float8", lapply(each, function(i)
	paste(i, seq_len(nrow(results[[i]]$drivers)), apply(results[[i]]$drivers, 1, function(row) paste(number(row), collapse = "\t")), sep = "\t")))
